"""Filling only the empty fields of a lead that is there already, from a duplicate row of a file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from leads import policies
from leads.models import Lead
from leads.services.clean import LINES, LINKS, LeadDraft, keys_set
from leads.services.score import leads_rescore
from salesflow.journal.services import EventDraft, record_many
from salesflow.people.models import User

if TYPE_CHECKING:
    from leads.services.enter import Entered

PLAIN = (
    *(name for name in (*LINES, *LINKS) if name != "external_id"),
    "budget", "currency", "decision_timeframe_days", "need", "need_fit", "outcome",
)  # fmt: skip
JSON_FIELDS = ("custom", "behaviour", "utm")
KEYS = ("email_key", "phone_keys", "company_key", "person_key", "domain_key", "credit_code_key", "block_keys",
        "sort_key", "incomplete", "flags")  # fmt: skip


def leads_fill(*, drafts: Sequence[LeadDraft], answers: "Sequence[Entered]", by: User | None) -> None:
    """Carry out the `merged` answers: lock the leads they name, fill what is empty, journal each with its fields.

    A row whose lead the person may not edit is turned into a skipped one: nothing of it is changed or shown.
    """
    targets = {answer.duplicate_of for answer in answers if answer.result == "merged" and answer.duplicate_of}
    stored = {
        lead.pk: lead for lead in Lead.objects.select_for_update().filter(pk__in=targets).order_by("pk")
    }
    touched: dict[int, dict[str, Any]] = {}
    for draft, answer in zip(drafts, answers, strict=True):
        if answer.result != "merged":
            continue
        lead = answer.lead or stored.get(answer.duplicate_of or 0)
        if lead is None or (answer.lead is None and by is not None and not policies.can_edit(by, lead)):
            answer.result, answer.reason = "skipped", "not_yours"
            continue
        answer.lead = lead
        answer.filled = _fill(lead, draft.lead)
        touched.setdefault(lead.pk, {}).update(answer.filled)
    _save([answer.lead for answer in answers if answer.filled and answer.lead], touched, by)


def _fill(lead: Lead, other: Lead) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name in PLAIN:
        attribute = Lead._meta.get_field(name).attname  # type: ignore[union-attr]
        old, new = getattr(lead, attribute), getattr(other, attribute)
        if old in (None, "") and new not in (None, ""):
            setattr(lead, attribute, new)
            filled[attribute] = old
    for name in JSON_FIELDS:
        old, new = getattr(lead, name), getattr(other, name)
        missing = {
            key: value for key, value in new.items() if old.get(key) in (None, "") and value not in (None, "")
        }
        if missing:
            setattr(lead, name, {**old, **missing})
            filled[name] = sorted(missing)
    if set(other.tags) - set(lead.tags):
        filled["tags"] = sorted(set(other.tags) - set(lead.tags))
        lead.tags = [*lead.tags, *filled["tags"]]
    if filled:
        lead.flags = {**other.flags, **lead.flags}
        lead.flags = {name: text for name, text in lead.flags.items() if getattr(lead, name)}
        keys_set(lead)
    return filled


def _save(leads: list[Lead], touched: dict[int, dict[str, Any]], by: User | None) -> None:
    unique = {lead.pk: lead for lead in leads}
    if not unique:
        return
    for lead in unique.values():
        lead.version += 1
        lead.updated_at = Now()  # type: ignore[assignment]
    columns = [*PLAIN, *JSON_FIELDS, "tags", *KEYS, "version", "updated_at"]
    Lead.objects.bulk_update(unique.values(), columns, batch_size=500)
    record_many(
        EventDraft("leads.filled", "leads.lead", id_, getattr(by, "pk", None), {"fields": sorted(fields)})
        for id_, fields in touched.items()
        if fields
    )
    leads_rescore(list(unique), cause="edited", by=by)
