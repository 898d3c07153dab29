"""Filling only the empty fields of a lead that is there already, from a duplicate row of a file."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leads import policies
from leads.models import Lead, LeadImport
from leads.services.clean import LINES, LINKS, LeadDraft, keys_set
from leads.services.score import leads_rescore
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.rows import rows_put
from salesflow.people.models import User

if TYPE_CHECKING:
    from leads.services.enter import Entered

PLAIN = tuple(
    Lead._meta.get_field(name).attname  # type: ignore[union-attr]
    for name in (
        *(name for name in (*LINES, *LINKS) if name != "external_id"),
        "budget", "currency", "decision_timeframe_days", "need", "need_fit", "outcome",
    )
)  # fmt: skip
JSON_FIELDS = ("custom", "behaviour", "utm")
KEYS = ("email_key", "phone_keys", "company_key", "person_key", "domain_key", "credit_code_key", "block_keys",
        "sort_key", "incomplete", "flags")  # fmt: skip
#: Everything filling and emptying may change.
COLUMNS = (*PLAIN, *JSON_FIELDS, "tags", *KEYS)
EMPTY = (None, "")


def leads_fill(
    *,
    drafts: Sequence[LeadDraft],
    answers: "Sequence[Entered]",
    by: User | None,
    lead_import: LeadImport | None = None,
) -> None:
    """Carry out the `merged` answers: lock the leads they name, fill what is empty, journal each with its fields.

    A row whose lead the person may not edit is turned into a skipped one: nothing of it is changed or shown.
    """
    targets = {answer.duplicate_of for answer in answers if answer.result == "merged" and answer.duplicate_of}
    stored = {
        lead.pk: lead for lead in Lead.objects.select_for_update().filter(pk__in=targets).order_by("pk")
    }
    touched: dict[int, tuple[Lead, set[str]]] = {}
    for draft, answer in zip(drafts, answers, strict=True):
        if answer.result != "merged":
            continue
        lead = answer.lead or stored.get(answer.duplicate_of or 0)
        if lead is None or (answer.lead is None and by is not None and not policies.can_edit(by, lead)):
            answer.result, answer.reason = "skipped", "not_yours"
            continue
        answer.lead = lead
        answer.filled = _fill(lead, draft.lead)
        if answer.filled:
            touched.setdefault(lead.pk, (lead, set()))[1].update(answer.filled)
    if touched:
        data = {"import": lead_import.pk} if lead_import is not None else {}
        leads_put([lead for lead, _fields in touched.values()])
        record_many(
            EventDraft(
                "leads.filled", "leads.lead", id_, getattr(by, "pk", None), {**data, "fields": sorted(fields)}
            )
            for id_, (_lead, fields) in touched.items()
        )
        leads_rescore(touched, cause="edited", by=by)


def _fill(lead: Lead, other: Lead) -> dict[str, Any]:
    """Fill what is empty in `lead`; gives the fields with what they were filled with, as JSON holds it."""
    filled: dict[str, Any] = {}
    for name in PLAIN:
        new = getattr(other, name)
        if getattr(lead, name) in EMPTY and new not in EMPTY:
            setattr(lead, name, new)
            filled[name] = str(new) if isinstance(new, Decimal) else new
    for name in JSON_FIELDS:
        old: Mapping[str, Any] = getattr(lead, name)
        missing = {
            key: value
            for key, value in getattr(other, name).items()
            if old.get(key) in EMPTY and value not in EMPTY
        }
        if missing:
            setattr(lead, name, {**old, **missing})
            filled[name] = missing
    if new_tags := [tag for tag in other.tags if tag not in lead.tags]:
        lead.tags = [*lead.tags, *new_tags]
        filled["tags"] = new_tags
    if filled:
        lead.flags = {**other.flags, **lead.flags}
        flags_fit(lead)
        keys_set(lead)
    return filled


def flags_fit(lead: Lead) -> None:
    """Keep flags of fields that hold something only."""
    lead.flags = {name: flag for name, flag in lead.flags.items() if getattr(lead, name)}


def leads_put(leads: Sequence[Lead]) -> None:
    """Write all that filling and emptying may change, for leads that the caller has locked or just entered."""
    now = database_now()
    for lead in leads:
        lead.version += 1
        lead.updated_at = now
    rows_put(leads, [*COLUMNS, "version", "updated_at"])
