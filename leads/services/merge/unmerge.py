"""Taking two merged leads apart again."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import HandOut, Lead, LeadMerge, Ownership, Pool
from leads.services.decide import Decision
from leads.services.first_contact import first_contact_restart
from leads.services.merge.fields import NAMED, restored, stored
from leads.services.merge.merge import both_locked, values_write
from leads.services.place import LEAD, idle_time_restart, leads_place
from leads.services.score import leads_rescore
from leads.services.terms import pools_now
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, notify, record, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.relations import rows_move_back
from salesflow.people.models import User
from salesflow.work.models import Task


@dataclass(frozen=True)
class Unmerged:
    """Both leads after it, and the columns of the kept one that stayed because somebody changed them since."""

    lead: Lead
    duplicate: Lead
    stayed: list[str]


def last_merge(lead_id: int) -> LeadMerge | None:
    """The latest merge into this lead, or of it into another, that can be undone."""
    either = Q(lead=lead_id) | Q(duplicate=lead_id)
    return LeadMerge.objects.filter(either, undone_at=None).order_by("-pk").first()


def merge_to_undo(lead: Lead, *, duplicate_id: int | None = None) -> LeadMerge:
    """The merge of `duplicate_id` into this lead, or its latest one; Conflict("not_merged") when there is none."""
    merge = last_merge(lead.pk)
    if duplicate_id is not None:
        merge = LeadMerge.objects.filter(lead=lead, duplicate=duplicate_id).order_by("-pk").first()
    if merge is None:
        raise Conflict("not_merged", _("There is no merge of this lead to be undone."))
    return merge


@transaction.atomic
def lead_unmerge(*, merge: LeadMerge, by: User | None) -> Unmerged:
    """Undo a merge: fields and rows go back to where they were, the other lead to its owner or pool.

    What was added to the kept lead since stays there, and so does a field that was changed since. An owner who may
    hold leads no more, or a pool that is gone, gives way to the default pool; a first contact not yet made gets a new
    clock. Several merges of one lead are undone latest first.

    Raises PermissionDenied, Conflict("already_unmerged" | "merged_again").
    """
    lead, duplicate = both_locked(merge.lead_id, merge.duplicate_id)
    merge = LeadMerge.objects.select_related("ownership", "ownership__owner").get(pk=merge.pk)
    require(by is None or policies.can_merge(by, lead))
    _check_state(merge, lead)
    stayed = _fields_back(merge, lead)
    rows_move_back(LEAD, merge.moved, source=duplicate.pk, target=lead.pk)
    # the row was read before the merge was undone by nobody else: both leads are locked
    LeadMerge.objects.filter(pk=merge.pk).update(undone_at=Now(), undone_by=by)
    Lead.objects.filter(pk=duplicate.pk).update(merged_into=None, **touched())
    _place_back(merge, by)
    by_id = by.pk if by is not None else None
    record("leads.unmerged", subject=lead, by=by, data={"merge": merge.pk, "duplicate": duplicate.pk})
    record_many([EventDraft("leads.unmerged", LEAD, duplicate.pk, by_id, {"merge": merge.pk})])
    leads_rescore([lead.pk, duplicate.pk], cause="unmerged", by=by)
    return Unmerged(Lead.objects.get(pk=lead.pk), Lead.objects.get(pk=duplicate.pk), stayed)


def _check_state(merge: LeadMerge, lead: Lead) -> None:
    if merge.undone_at is not None:
        raise Conflict("already_unmerged", _("This merge was undone already."))
    later = last_merge(lead.pk)
    if later is not None and later.pk != merge.pk:
        message = _("This lead was merged again since; undo that first.")
        raise Conflict("merged_again", message, {"lead": later.lead_id, "duplicate": later.duplicate_id})


def _fields_back(merge: LeadMerge, lead: Lead) -> list[str]:
    """Columns that hold what the merge put there get back what they held; gives those that do not any more."""
    back: dict[str, Any] = {}
    stayed = []
    for column, (before, after) in merge.changes.items():
        now = getattr(lead, column)
        if stored(now) == after:
            back[column] = restored(column, before)
        elif column in (*NAMED, "flags"):
            back[column] = _names_back(now, before, after)
        elif column == "tags":
            back[column] = [tag for tag in now if tag in before or tag not in after]
        else:
            stayed.append(column)
    values_write(lead, back)
    return sorted(stayed)


def _names_back(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The same name by name, for columns that hold names with values."""
    kept = dict(now)
    for key in after.keys() | before.keys():
        if now.get(key) == after.get(key) and (key in now) == (key in after):
            kept.pop(key, None)
            if key in before:
                kept[key] = before[key]
    return kept


def _place_back(merge: LeadMerge, by: User | None) -> None:
    duplicate = Lead.objects.get(pk=merge.duplicate_id)
    place = {column: restored(column, value) for column, value in merge.place.items()}
    ownership = merge.ownership
    gone = (ownership is not None and not policies.can_hold(ownership.owner)) or (
        place["pool_id"] is not None
        and not Pool.objects.filter(pk=place["pool_id"], archived_at=None).exists()
    )
    if gone:
        leads_place([(duplicate, Decision.to_pool())], via=Ownership.Via.ASSIGN, by=by, now=database_now())
        return
    Lead.objects.filter(pk=duplicate.pk).update(**place)
    if ownership is not None:
        Ownership.objects.filter(pk=ownership.pk).update(ended_at=None, end_reason="", end_detail="")
        dropped = Task.objects.filter(pk__in=merge.follow_ups, state=Task.State.CANCELLED)
        dropped.update(state=Task.State.OPEN, updated_at=Now())
        duplicate.refresh_from_db()
        first_contact_restart(duplicate)
        idle_time_restart(duplicate)
        if by is None or by.pk != ownership.owner_id:
            notify([ownership.owner], "leads.unmerged", subject=duplicate, key=f"unmerged:{merge.pk}")
    elif place["in_pool"] and not place["under_review"]:
        _hand_out_again(duplicate, place["pool_id"])


def _hand_out_again(duplicate: Lead, pool_id: int) -> None:
    """A pool whose returned leads are handed out by the rules hands out this one too."""
    if duplicate.returned_count and pools_now().home_of(pool_id).rehand == Pool.Rehand.RULES:
        HandOut.objects.bulk_create([HandOut(lead=duplicate, due_at=database_now())], ignore_conflicts=True)
