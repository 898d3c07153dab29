"""Merging a duplicate into a lead."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import HandOut, Lead, LeadMerge, Ownership, ScoreDue
from leads.services.clean import keys_set
from leads.services.fill import KEYS
from leads.services.first_contact import first_contact_cancel
from leads.services.merge.fields import choices_check, stored, values_merged
from leads.services.place import COLUMNS, LEAD
from leads.services.score import leads_rescore
from salesflow.journal.services import EventDraft, notify, record, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.relations import rows_move
from salesflow.people.models import User
from salesflow.work.models import Task

#: Where a lead stands: what a merge takes from the duplicate and an unmerge gives back to it.
PLACE = tuple(
    Lead._meta.get_field(name).attname for name in (*COLUMNS, "disqualify_reason", "disqualified_at")
)  # type: ignore[union-attr]
NOWHERE: dict[str, Any] = {
    **dict.fromkeys(PLACE),
    "status": Lead.Status.NEW,
    "in_pool": False,
    "under_review": False,
}


@transaction.atomic
def lead_merge(
    *, lead: Lead, duplicate: Lead, by: User | None, fields: Mapping[str, str] | None = None
) -> LeadMerge:
    """Take `duplicate` into `lead` with all that hangs on it; the other id leads here from now on.

    `fields` says for a field (see `fields.CHOICES`) whose value is kept, `lead` or `duplicate`; without a word the
    lead's own, and where it has none the other's. Owner, pool and status of the kept lead stay; those of the other one
    end. What was written to the journal stays where it was and is shown with the kept lead.

    Raises ValidationError, PermissionDenied (both must lie within the person's right to merge), Conflict("archived" |
    "already_merged" | "duplicate_is_converted" | "lead_is_disqualified").
    """
    chosen = dict(fields or {})
    choices_check(chosen)
    lead, duplicate = both_locked(lead.pk, duplicate.pk)
    # first: who lost the race for a merge has no right to the lead that is gone, and is told why
    _check_not_merged(lead, duplicate)
    require(by is None or (policies.can_merge(by, lead) and policies.can_merge(by, duplicate)))
    _check_state(lead, duplicate)
    values = values_merged(lead, duplicate, chosen)
    changes = {column: [stored(getattr(lead, column)), stored(value)] for column, value in values.items()}
    values_write(lead, values)
    place = {column: stored(getattr(duplicate, column)) for column in PLACE}
    ownership = _ownership_ended(duplicate)
    follow_ups = _follow_ups_dropped(duplicate, lead)
    first_contact_cancel([duplicate.pk])
    HandOut.objects.filter(pk=duplicate.pk).delete()
    ScoreDue.objects.filter(pk=duplicate.pk).delete()
    Lead.objects.filter(pk=duplicate.pk).update(**NOWHERE, merged_into=lead, **touched())
    merge = LeadMerge.objects.create(
        lead=lead, duplicate=duplicate, changes=changes, place=place, ownership=ownership, follow_ups=follow_ups,
        moved=rows_move(LEAD, source=duplicate.pk, target=lead.pk), by=by,
    )  # fmt: skip
    _tell(merge, ownership, by)
    leads_rescore([lead.pk], cause="edited", by=by)
    return merge


def both_locked(lead_id: int, duplicate_id: int) -> tuple[Lead, Lead]:
    """The two leads, locked in the order of their ids as everywhere."""
    if lead_id == duplicate_id:
        message = _("A lead cannot be merged with itself.")
        raise ValidationError({"duplicate": ValidationError(message, code="same_lead")})
    rows = Lead.objects.select_for_update(of=("self",)).filter(pk__in=(lead_id, duplicate_id)).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[lead_id], found[duplicate_id]


def _check_not_merged(*leads: Lead) -> None:
    for each in leads:
        if each.merged_into_id is not None:
            extra = {"merged_into": each.merged_into_id}
            raise Conflict("already_merged", _("“%(lead)s” was merged already.") % {"lead": each}, extra)


def _check_state(lead: Lead, duplicate: Lead) -> None:
    for each in (lead, duplicate):
        if each.archived_at is not None:
            raise Conflict("archived", _("“%(lead)s” is archived.") % {"lead": each})
    if duplicate.status == Lead.Status.CONVERTED:
        message = _("“%(lead)s” has been converted; merge the other one into it.") % {"lead": duplicate}
        if lead.status == Lead.Status.CONVERTED:
            message = _("Both leads have been converted; their customers hold what belongs to each.")
        raise Conflict("duplicate_is_converted", message)
    if lead.status == Lead.Status.DISQUALIFIED and duplicate.status != Lead.Status.DISQUALIFIED:
        message = _("“%(lead)s” is disqualified; reopen it first, or keep the other one.") % {"lead": lead}
        raise Conflict("lead_is_disqualified", message)


def values_write(lead: Lead, values: Mapping[str, Any]) -> None:
    """Store these columns of a locked lead with the keys that follow from them."""
    for column, value in values.items():
        setattr(lead, column, value)
    keys_set(lead)
    columns = {column: getattr(lead, column) for column in (*values, *KEYS)}
    Lead.objects.filter(pk=lead.pk).update(**columns, **touched())


def _ownership_ended(duplicate: Lead) -> Ownership | None:
    rows = Ownership.objects.filter(lead=duplicate, ended_at=None).select_for_update(no_key=True)
    ownership = rows.first()
    if ownership is not None:
        Ownership.objects.filter(pk=ownership.pk).update(ended_at=Now(), end_reason=Ownership.End.MERGED)
    return ownership


def _follow_ups_dropped(duplicate: Lead, lead: Lead) -> list[int]:
    """Call off the follow-ups planned by another owner than the kept lead's; the owner's own go on there."""
    tasks = Task.objects.filter(
        subject_type=LEAD, subject_id=duplicate.pk, kind="follow_up", state=Task.State.OPEN
    )
    foreign = ~Q(assignee=lead.owner_id) if lead.owner_id else Q()
    ids = sorted(tasks.filter(foreign).values_list("pk", flat=True))
    Task.objects.filter(pk__in=ids).update(state=Task.State.CANCELLED, updated_at=Now())
    return ids


def _tell(merge: LeadMerge, ownership: Ownership | None, by: User | None) -> None:
    lead = merge.lead
    told = {"merge": merge.pk, "duplicate": merge.duplicate_id, "fields": sorted(merge.changes)}
    changes = {column: (old, new) for column, (old, new) in merge.changes.items()}
    record("leads.merged", subject=lead, by=by, data=told, changes=changes)
    by_id = by.pk if by is not None else None
    record_many([EventDraft("leads.merged_away", LEAD, merge.duplicate_id, by_id, {"into": lead.pk})])
    if ownership is not None and ownership.owner_id not in (by_id, lead.owner_id):
        notify([ownership.owner], "leads.merged_away", subject=lead, key=f"merged:{merge.pk}")


def merged_ids(lead_id: int) -> list[int]:
    """The ids that lead to this lead now: those merged into it, and into those."""
    found: list[int] = []
    wave = [lead_id]
    while wave:
        wave = list(Lead.objects.filter(merged_into_id__in=wave).values_list("pk", flat=True))
        found += wave
    return sorted(found)


def survivor_id(lead_id: int) -> int | None:
    """Where a merged lead's id leads to in the end; nothing for a lead that was not merged."""
    into = _merged_into([lead_id])
    end = into.get(lead_id)
    while end is not None:
        further = _merged_into([end]).get(end)
        if further is None:
            return end
        end = further
    return None


def _merged_into(ids: Iterable[int]) -> dict[int, int | None]:
    return dict(Lead.objects.filter(pk__in=ids).values_list("pk", "merged_into_id"))
