"""Changing the facts of a lead."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead
from leads.services.clean import FIELDS, draft_of
from leads.services.duplicates import hard_keys, hard_matches, keys_lock, matches_of
from leads.services.enter import matches_shown
from leads.services.fill import KEYS
from leads.services.partners import credits_check
from leads.services.score import leads_rescore
from leads.services.state import require_present
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.services.custom_values import custom_kinds

#: Fields that the keys are made of by which a lead is known.
KEYED = frozenset({"company_name", "contact_name", "credit_code", "email", "mobile", "phone"})


@transaction.atomic
def lead_edit(
    *,
    lead: Lead,
    by: User | None,
    values: Mapping[str, Any],
    expected_version: int | None = None,
    allow_duplicate: bool = False,
) -> Lead:
    """Change the fields named in `values`, and only those; keys, score and grade follow.

    Raises ValidationError, PermissionDenied, Conflict("archived"), Conflict("stale_version") when `expected_version`
    is no longer the lead's, Conflict("duplicate", matches) when the change makes it the same as another.
    """
    _keys_lock_ahead(lead, values)
    lead = Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)
    require(by is None or policies.can_edit(by, lead))
    require_present(lead)
    require_current(lead, expected_version)
    before = {name: _plain(getattr(lead, name)) for name in FIELDS}
    keys_before = set(hard_keys(lead))
    shared = workspace()
    draft = draft_of(
        values,
        region=shared.phone_region,
        base_currency=shared.base_currency,
        onto=lead,
        kinds=custom_kinds("leads", by=by, revision=shared.config_revision),
    )
    if lead.partner_id != before["partner"]:
        credits_check([draft])
    draft.require_clean()
    if not allow_duplicate and set(hard_keys(lead)) - keys_before:
        _refuse_twin(lead, set(hard_keys(lead)) - keys_before, by)
    after = {name: _plain(getattr(lead, name)) for name in FIELDS}
    changes = {name: (before[name], after[name]) for name in FIELDS if before[name] != after[name]}
    if not changes:
        return lead
    columns = {_column(name): getattr(lead, _column(name)) for name in (*changes, *KEYS)}
    Lead.objects.filter(pk=lead.pk).update(**columns, **touched())
    record("leads.edited", subject=lead, by=by, data={"fields": sorted(changes)}, changes=changes)
    leads_rescore([lead.pk], cause="edited", by=by)
    return Lead.objects.get(pk=lead.pk)


def _keys_lock_ahead(lead: Lead, values: Mapping[str, Any]) -> None:
    """Wait for the keys the edit leads to before the row is locked, as those do who enter leads."""
    if KEYED.isdisjoint(values):
        return
    wanted, shared = copy(lead), workspace()
    draft_of(values, region=shared.phone_region, base_currency=shared.base_currency, onto=wanted)
    if set(hard_keys(wanted)) - set(hard_keys(lead)):
        keys_lock([wanted])


def require_current(lead: Lead, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != lead.version:
        raise Conflict(
            "stale_version",
            _("Somebody else changed this lead meanwhile. Please look at both versions."),
            {"version": lead.version},
        )


def _refuse_twin(lead: Lead, new_keys: set[tuple[str, str]], by: User | None) -> None:
    keys_lock([lead])
    known = {key: ids for key, ids in hard_matches([lead]).items() if key in new_keys}
    matches = matches_of(lead, known)
    if matches:
        raise Conflict("duplicate", _("This lead is there already."), {"matches": matches_shown(matches, by)})


def _column(name: str) -> str:
    return Lead._meta.get_field(name).attname  # type: ignore[union-attr]


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value
