"""The deadline of the first contact: met, called off, changed for all or for leads of a new grade."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads.models import FirstContactPolicy, Lead, Ownership
from leads.services.hold import Reach, leads_hold
from leads.services.place import LEAD, clock_row
from leads.services.terms import METRIC, PolicyTerms, policies_now, policy_terms
from leads.services.unanswered import contacted_ids, unanswered_follow
from salesflow.clocks.models import Clock
from salesflow.clocks.services import (
    Meeting,
    calendar_default,
    clock_meet,
    clocks_cancel,
    clocks_retarget,
    clocks_start,
    database_now,
)
from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import config_changed, config_hold

FIELDS = (
    "limit_seconds",
    "business_hours_only",
    "calendar",
    "remind_at_percent",
    "max_unanswered_attempts",
    "unanswered_days",
)
UNANSWERED = {"max_unanswered_attempts", "unanswered_days"}


def first_contact_cancel(lead_ids: Iterable[int]) -> None:
    """Stop the clocks of leads that need no first contact any more (disqualified, archived, merged)."""
    clocks_cancel(subject_type=LEAD, subject_ids=list(lead_ids), metric=METRIC)


def first_contact_restart(lead: Lead) -> None:
    """Start the clock anew for a lead that came back to its owner's list (restored); the caller has locked it.

    Nothing happens for a lead without an owner, or one that its owner has contacted.
    """
    if lead.owner_id is None or lead.first_contacted_at is not None or lead.status != Lead.Status.ASSIGNED:
        return
    policy, now = policies_now()[lead.grade], database_now()
    clocks_start([clock_row(lead, lead.owner_id, policy, now)])
    Lead.objects.filter(pk=lead.pk).update(
        first_contact_started_at=now,
        first_contact_limit_seconds=policy.limit_seconds,
        first_contact_due_at=policy.due_at(now),
    )


def first_contact_met(lead: Lead, *, by: User | None, via: str) -> Meeting:
    """The first contact of the present ownership took place now; the caller has locked the lead.

    `via` is a channel, or the deed that counts as a contact (`convert`). Late or in time, the moment is kept; a lead
    contacted before is left as it is.
    """
    if lead.first_contacted_at is not None:
        return Meeting("none")
    meeting = clock_meet(subject_type=LEAD, subject_id=lead.pk, metric=METRIC)
    met_at = meeting.clock.met_at if meeting.clock is not None else None
    at = met_at or database_now()
    Lead.objects.filter(pk=lead.pk).update(first_contacted_at=at)
    Ownership.objects.filter(lead=lead, ended_at=None).update(first_contacted_at=at)
    record("leads.contacted", subject=lead, by=by, data={"via": via, "result": meeting.result})
    lead.first_contacted_at = at
    return meeting


@transaction.atomic
def first_contact_policy_change(
    *, policy: FirstContactPolicy, by: User | None, **values: Any
) -> FirstContactPolicy:
    """Change the policy of a grade (`FIELDS`); it holds at once, also for clocks that run.

    These are then due at their start plus the new limit, in the new hours; one already past that at the next sweep.
    Met and breached ones stay. Raises ValidationError, PermissionDenied.
    """
    require(by is None or by.may("policies.edit"))
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValidationError({min(unknown): ValidationError(_("Unknown field."), code="unknown_field")})
    config_hold()
    reach = policy_reach(policy, values)
    leads_hold([reach])
    # waits for whoever is starting a clock under this policy, see `policies_now`
    policy = FirstContactPolicy.objects.select_for_update().get(pk=policy.pk)
    leads_hold([reach])
    for name, value in values.items():
        setattr(policy, name, value)
    policy.full_clean(validate_constraints=False)
    policy.remind_at_percent = sorted(set(policy.remind_at_percent))
    if policy.business_hours_only and policy.calendar is None and calendar_default() is None:
        message = _("Choose the calendar whose hours count.")
        raise ValidationError({"calendar": ValidationError(message, code="required")})
    FirstContactPolicy.objects.filter(pk=policy.pk).update(
        **{name: getattr(policy, name) for name in values}, **touched()
    )
    config_changed()
    policy = FirstContactPolicy.objects.get(pk=policy.pk)
    clocks = _retarget(policy_terms(policy))
    due_times_copy(grade=policy.grade)
    if reach.contacted:
        unanswered_follow(contacted_ids(policy.grade))
    data = {"grade": policy.grade, "fields": sorted(values), "clocks": clocks}
    record("leads.first_contact_policy_changed", subject=policy, by=by, data=data)
    return policy


def _retarget(policy: PolicyTerms, lead_ids: Iterable[int] | None = None) -> int:
    return clocks_retarget(
        metric=METRIC,
        policy_key=policy.grade,
        policy_version=policy.version,
        target_seconds=policy.limit_seconds,
        calendar=policy.calendar,
        warn_percents=policy.warn_percents,
        subject_type=LEAD,
        subject_ids=lead_ids,
    )


def policy_reach(policy: FirstContactPolicy, names: Iterable[str]) -> Reach:
    """The leads that a change of these columns moves: doors take the lead before its clock, so must we."""
    grades = frozenset([policy.grade])
    return Reach(waiting=grades, contacted=grades if UNANSWERED & set(names) else frozenset())


@transaction.atomic
def first_contact_follow_grades(lead_ids: Iterable[int]) -> int:
    """After their grade changed, put the running clocks of these leads under the policy of the new grade.

    The caller has locked the leads. Gives how many clocks changed policy. How long a lead may leave attempts
    unanswered follows too.
    """
    ids = list(lead_ids)
    unanswered_follow(ids)
    keys = dict(Clock.objects.of(LEAD, ids, METRIC).open().values_list("subject_id", "policy_key"))
    moved: dict[str, list[int]] = defaultdict(list)
    for lead_id, grade in Lead.objects.filter(pk__in=keys).values_list("pk", "grade"):
        if keys[lead_id] != grade:
            moved[grade].append(lead_id)
    if not moved:
        return 0
    policies = policies_now()
    changed = sum(_retarget(policies[grade], moved[grade]) for grade in sorted(moved))
    due_times_copy(lead_ids=[id_ for group in moved.values() for id_ in group])
    return changed


def due_times_copy(
    *, grade: str | None = None, lead_ids: Iterable[int] | None = None, calendar_id: int | None = None
) -> int:
    """Show on leads what their running clocks say now; gives how many leads showed something else."""
    ids = None if lead_ids is None else list(lead_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE leads_lead l SET first_contact_due_at = c.due_at, first_contact_limit_seconds = c.target_seconds
            FROM clocks_clock c
            WHERE c.metric = %(metric)s AND c.subject_type = %(type)s AND c.subject_id = l.id
                AND c.state = 'running' AND c.owner_id = l.owner_id
                AND (%(grade)s::text IS NULL OR c.policy_key = %(grade)s)
                AND (%(calendar)s::bigint IS NULL OR c.calendar_id = %(calendar)s)
                AND (%(ids)s::bigint[] IS NULL OR l.id = ANY(%(ids)s))
                AND (l.first_contact_due_at, l.first_contact_limit_seconds)
                    IS DISTINCT FROM (c.due_at, c.target_seconds)
            """,
            {"metric": METRIC, "type": LEAD, "grade": grade, "calendar": calendar_id, "ids": ids},
        )
        return cursor.rowcount
