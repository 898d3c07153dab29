"""Logging what was said to a lead, with the next follow-up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest, Now
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, Ownership
from leads.services.candidates import OPEN_STATES
from leads.services.first_contact import first_contact_met
from leads.services.place import LEAD
from leads.services.score import leads_rescore
from leads.services.terms import pools_now
from leads.services.unanswered import unanswered_follow, unanswered_give_back
from salesflow.clocks.services import database_now
from salesflow.journal.services import notify, record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.models import Direction, Outcome, Task
from salesflow.work.services import activity_log


@dataclass(frozen=True)
class _Said:
    channel: str
    direction: str
    outcome: str
    summary: str
    next_follow_up_at: datetime
    occurred_at: datetime | None

    @property
    def counts(self) -> bool:
        """A human attempt, or an answer to what came in; mail merely received does not count."""
        return self.direction == Direction.OUTBOUND or self.outcome == Outcome.REPLIED


@transaction.atomic
def lead_log_contact(
    *,
    lead: Lead,
    by: User,
    channel: str,
    direction: str,
    outcome: str,
    summary: str,
    next_follow_up_at: datetime | None,
    occurred_at: datetime | None = None,
) -> Lead:
    """Log a contact with a summary and a next follow-up in the future, by the owner or those above him.

    An outbound attempt, also one without an answer, and an inbound one that was replied to are the first contact of
    this ownership and meet its clock, stamped by the database: before the due time they win over the time-out, after
    it they count late as long as the lead has not been returned. `occurred_at` is what the person says, within the
    ownership and not ahead; it moves no deadline. The last of too many attempts nobody answered gives the lead back.

    Raises ValidationError, PermissionDenied, Conflict("clock_expired") when the time-out took the lead back,
    Conflict("invalid_transition") for an ended one.
    """
    lead = _locked(lead)
    if lead.owner_id is None or not policies.can_contact(by, lead):
        refuse_expired(lead, by)
    require(policies.can_contact(by, lead))
    if lead.owner_id is None or lead.status not in OPEN_STATES or lead.archived_at is not None:
        raise Conflict(
            "invalid_transition", _("Nobody is working on this lead."), {"current_status": lead.status}
        )
    now = database_now()
    said = _Said(channel, direction, outcome, summary, _follow_up(next_follow_up_at, now), occurred_at)
    _check_occurred(lead, occurred_at, now)
    first = said.counts and lead.first_contacted_at is None
    activity_log(
        subject=lead,
        by=by,
        channel=channel,
        direction=direction,
        outcome=outcome,
        summary=summary,
        occurred_at=occurred_at or now,
        next_follow_up_at=said.next_follow_up_at,
        purpose="first_contact" if first else "",
        checked=True,
    )
    ownership = Ownership.objects.get(lead=lead, ended_at=None)
    _write(lead, said, ownership, now)
    _plan_follow_up(lead, said, by)
    if first:
        first_contact_met(lead, by=by, via=channel)
    if said.counts:
        leads_rescore([lead.pk], cause="activity", by=by)
    if unanswered_follow([lead.pk]):
        unanswered_give_back([lead.pk])
    return Lead.objects.get(pk=lead.pk)


def _locked(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)


def refuse_expired(lead: Lead, by: User) -> None:
    """Tell the person that the clock took the lead from him (or from one of his people) before this contact.

    The last ownership within his scope counts, whoever has taken the lead since.
    """
    if not by.may("leads.contact"):
        return
    people = by.people_in_scope[by.scope("leads.contact")]
    owned = Ownership.objects.filter(lead=lead)
    last = (owned if people is None else owned.filter(owner__in=people)).order_by("-id").first()
    if last is not None and last.end_reason == Ownership.End.EXPIRED:
        raise Conflict(
            "clock_expired", _("The time for the first contact was over, so the lead went back to the pool.")
        )


def lead_for_contact(*, lead_id: int, by: User) -> Lead:
    """The lead if `by` may see it; Conflict("clock_expired") when the clock took it from him and it left his sight.

    Http404 for any other lead.
    """
    lead = Lead.objects.visible_to(by).current().filter(pk=lead_id).first()
    if lead is not None:
        return lead
    gone = Lead.objects.current().filter(pk=lead_id).first()
    if gone is not None:
        refuse_expired(gone, by)
    raise Http404


def _follow_up(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        raise ValidationError(
            {"next_follow_up_at": ValidationError(_("Plan the next follow-up."), code="required")}
        )
    if at <= now:
        raise ValidationError(
            {
                "next_follow_up_at": ValidationError(
                    _("The next follow-up lies in the future."), code="not_ahead"
                )
            }
        )
    return at


def _check_occurred(lead: Lead, at: datetime | None, now: datetime) -> None:
    if at is None:
        return
    if at > now:
        raise ValidationError({"occurred_at": ValidationError(_("This lies in the future."), code="future")})
    if lead.owned_since is not None and at < lead.owned_since:
        message = _("This was before the lead had its present owner.")
        raise ValidationError({"occurred_at": ValidationError(message, code="before_ownership")})


def _write(lead: Lead, said: _Said, ownership: Ownership, now: datetime) -> None:
    columns: dict[str, object] = {}
    if said.counts:
        idle = pools_now().home_of(ownership.pool_id).return_after_idle_seconds
        columns["idle_due_at"] = now + timedelta(seconds=idle) if idle else None
        if lead.status == Lead.Status.ASSIGNED:
            columns["status"] = Lead.Status.CONTACTED
    Lead.objects.filter(pk=lead.pk).update(
        next_follow_up_at=said.next_follow_up_at,
        last_activity_at=Greatest("last_activity_at", Value(said.occurred_at or now)),
        **columns,
        **touched(),
    )


def _plan_follow_up(lead: Lead, said: _Said, by: User) -> None:
    """The follow-up this contact was is done; the next one is a task of the owner, named in his language."""
    open_ones = Task.objects.filter(subject_type=LEAD, subject_id=lead.pk, kind="follow_up")
    open_ones.filter(state=Task.State.OPEN).update(state=Task.State.DONE, done_at=Now(), **touched())
    owner = User.objects.get(pk=lead.owner_id)
    with translation.override(owner.language or workspace().language):
        title = _("Follow up: %(lead)s") % {"lead": lead}
    task = Task.objects.create(
        title=title[:200],
        subject_type=LEAD,
        subject_id=lead.pk,
        assignee=owner,
        created_by=by,
        due_at=said.next_follow_up_at,
        remind_at=said.next_follow_up_at,
        kind="follow_up",
    )
    record("work.task_created", subject=task, by=by, data={"assignee": owner.pk, "kind": task.kind})
    if by.pk != owner.pk:
        notify([owner], "work.task_given", subject=task, params={"title": title}, key=f"task:{task.pk}:given")
