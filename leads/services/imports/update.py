"""Rows that change a lead that is there: known by its record number or external id, and by nothing else.

A filled cell replaces what the lead holds, an empty one leaves it; only what differs is written, with one event and one
version, as an edit does. A row that names no lead is entered.
"""

import json
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, LeadImport
from leads.services.clean import FIELDS, LeadDraft, keys_set
from leads.services.duplicates import hard_keys, hard_matches, keys_lock
from leads.services.enter import Entered
from leads.services.fill import COLUMNS, EMPTY, flags_fit
from leads.services.score import leads_rescore
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.rows import rows_put
from salesflow.people.models import User
from salesflow.work.services.custom_values import CustomKinds, custom_take

_NAMES = frozenset(("company_name", "contact_name"))
Enter = Callable[[Sequence[LeadDraft]], list[Entered]]
_LOCK = """
SELECT count(pg_advisory_xact_lock(7318, b))
  FROM (SELECT DISTINCT hashtext(key) & 4095 AS b FROM unnest(%s::text[]) AS key ORDER BY 1) t
"""


def rows_update(
    drafts: Sequence[LeadDraft], *, by: User, lead_import: LeadImport, kinds: CustomKinds, enter: Enter
) -> list[Entered]:
    """What became of each row, in their order: a lead changed (`merged`) or left alone, or what `enter` says.

    A value that no field of `kinds` takes would be kept as text with a new lead; a lead that is there is not changed.

    Rows of one lead, or of one external id, come one after the other. Inside the caller's transaction, under locks
    on their external ids and keys.
    """
    answers: dict[int, Entered] = {}
    external = sorted({draft.lead.external_id for draft in drafts if draft.lead.external_id})
    if external:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [external])
    keys_lock(draft.lead for draft in drafts)  # before any row is locked, as who enters leads does
    waiting = list(drafts)
    while waiting:
        batch = _Batch(waiting, by=by, lead_import=lead_import, kinds=kinds)
        answers |= batch.answers
        fresh = batch.unknown
        if fresh:
            answers |= {id(draft): answer for draft, answer in zip(fresh, enter(fresh), strict=True)}
        waiting = batch.later
    return [answers[id(draft)] for draft in drafts]


class _Batch:
    """Rows of which each means another lead: those that change one are carried out, others are `unknown` or `later`."""

    def __init__(
        self, drafts: Sequence[LeadDraft], *, by: User, lead_import: LeadImport, kinds: CustomKinds
    ) -> None:
        self.by, self.job, self.kinds = by, lead_import, kinds
        self.answers: dict[int, Entered] = {}
        self.unknown: list[LeadDraft] = []
        self.later: list[LeadDraft] = []
        self._find(drafts)
        self._sort(drafts)
        self._write()

    def _find(self, drafts: Sequence[LeadDraft]) -> None:
        numbers = {int(draft.number) for draft in drafts if _is_number(draft.number)}
        external = {draft.lead.external_id for draft in drafts} - {""}
        rows = Lead.objects.current().filter(Q(pk__in=numbers) | Q(external_id__in=external))
        found = list(rows.select_for_update(of=("self",)).order_by("pk"))
        visible = Lead.objects.visible_to(self.by).filter(pk__in=[lead.pk for lead in found])
        self.seen = set(visible.values_list("pk", flat=True))
        self.by_number = {lead.pk: lead for lead in found}
        self.by_external: dict[str, list[Lead]] = {}
        for lead in found:
            self.by_external.setdefault(lead.external_id, []).append(lead)

    def _sort(self, drafts: Sequence[LeadDraft]) -> None:
        self.changed: list[tuple[LeadDraft, Lead, dict[str, Any]]] = []
        taken: set[Any] = set()
        for draft in drafts:
            lead, fault = self._named(draft)
            marks = {draft.lead.external_id, lead.pk if lead is not None else None} - {"", None}
            if marks & taken:
                self.later.append(draft)
                continue
            taken |= marks
            if lead is not None and not draft.given & _NAMES:
                draft.errors.pop("company_name", None)  # a new lead would need a name
            if draft.errors or fault:
                if fault:
                    draft.refuse("row", fault, "unknown_record")
                self.answers[id(draft)] = Entered("rejected")
            elif lead is None:
                self.unknown.append(draft)
            else:
                self._change(draft, lead)

    def _named(self, draft: LeadDraft) -> tuple[Lead | None, str]:
        """The lead a row names, or why it cannot be changed."""
        if draft.number:
            lead = self.by_number.get(int(draft.number)) if _is_number(draft.number) else None
            if lead is None or not self._sees(lead):
                return None, _("There is no lead of this number that you may see.")
        else:
            found = self.by_external.get(draft.lead.external_id, []) if draft.lead.external_id else []
            seen = [lead for lead in found if self._sees(lead)] or found
            if len(seen) > 1:
                return None, _("Several leads have this external id: name one by its record number.")
            lead = seen[0] if seen else None
            if lead is not None and not self._sees(lead):
                return None, _("There is such a lead already, which you may not see.")
        if lead is not None and lead.imported_by_id != self.job.pk and not policies.can_edit(self.by, lead):
            return lead, _("You may not change this lead.")
        return lead, ""

    def _sees(self, lead: Lead) -> bool:
        """What the import itself has made is its own, wherever it went."""
        return lead.pk in self.seen or lead.imported_by_id == self.job.pk

    def _change(self, draft: LeadDraft, lead: Lead) -> None:
        # read once more, as an edit reads them: what the door of new leads keeps as text replaces nothing here
        if faults := custom_take(draft.lead.custom, kinds=self.kinds, held=lead.custom).faults:
            draft.errors |= faults
            self.answers[id(draft)] = Entered("rejected", lead=lead)
            return
        fresh = copy(lead)
        changes = _overlaid(fresh, draft)
        if unread := [name for name in draft.lead.flags if name in changes and changes[name][0] not in EMPTY]:
            draft.refuse(unread[0], _("This cannot be read; what the lead holds stays."), "invalid")
            self.answers[id(draft)] = Entered("rejected", lead=lead)
        elif not changes:
            self.answers[id(draft)] = Entered("skipped", lead=lead, reason="unchanged")
        else:
            flags = {name: flag for name, flag in lead.flags.items() if name not in changes}
            fresh.flags = {
                **flags,
                **{name: flag for name, flag in draft.lead.flags.items() if name in changes},
            }
            flags_fit(fresh)
            keys_set(fresh)
            self.changed.append((draft, fresh, changes))

    def _write(self) -> None:
        """Write the leads that were changed and became no other's twin; constant statements, whatever their number."""
        twins = self._twins()
        kept = []
        for draft, lead, changes in self.changed:
            if lead.pk in twins:
                draft.refuse("row", _("With these values it would be the same as another lead."), "duplicate")
                self.answers[id(draft)] = Entered("rejected", lead=self.by_number[lead.pk])
            else:
                pairs = json.loads(json.dumps(changes, cls=DjangoJSONEncoder))
                kept.append((lead, pairs))
                self.answers[id(draft)] = Entered("merged", lead=lead, changes=pairs)
        if not kept:
            return
        now = database_now()
        for lead, _pairs in kept:
            lead.version, lead.updated_at = lead.version + 1, now
        rows_put([lead for lead, _pairs in kept], [*COLUMNS, "external_id", "version", "updated_at"])
        data = {"import": self.job.pk}
        record_many(
            EventDraft(
                "leads.edited", "leads.lead", lead.pk, self.by.pk, {**data, "fields": sorted(pairs)},
                {"changes": pairs},
            )
            for lead, pairs in kept
        )  # fmt: skip
        leads_rescore([lead.pk for lead, _pairs in kept], cause="edited", by=self.by)

    def _twins(self) -> set[int]:
        """Of the changed leads, those that new keys would make the same as another."""
        fresh = {
            lead.pk: set(hard_keys(lead)) - set(hard_keys(self.by_number[lead.pk]))
            for _draft, lead, _changes in self.changed
        }
        renewed = [lead for _draft, lead, _changes in self.changed if fresh[lead.pk]]
        if not renewed:
            return set()
        keys_lock(renewed)
        known = hard_matches(renewed)
        return {
            lead.pk
            for lead in renewed
            if any(id_ != lead.pk for key in fresh[lead.pk] for id_ in known.get(key, ()))
        }


def _overlaid(lead: Lead, draft: LeadDraft) -> dict[str, list[Any]]:
    """Set what a row says on the lead; gives field -> [before, after] of what differs."""
    changes: dict[str, list[Any]] = {}
    for name in FIELDS:
        if name not in draft.given:
            continue
        old, new = getattr(lead, name), getattr(draft.lead, name)
        if isinstance(new, dict):
            new = {**old, **{key: value for key, value in new.items() if value not in EMPTY}}
        if new in (*EMPTY, [], {}) or new == old:
            continue
        setattr(lead, name, new)
        changes[name] = [old, new]
    return changes


def _is_number(text: str) -> bool:
    return text.isdecimal() and int(text) < 2**63
