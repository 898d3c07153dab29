"""A changed policy, priority or calendar reaches the clocks that run.

Whatever changed, a running clock is due at `running_since` plus what is left of its target by the rules as they
are now; what earlier runs consumed is kept. One already past its new end is due at the next sweep. Met, breached
and cancelled clocks stay as they are, and so does one whose old end has passed and that only waits for its sweep.

A warning already given is given again only if the change moved it into the future: then it spoke of a moment that is
no longer half-way. A warning that the change moved into the past is given at the next sweep, unless it was before.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from salesflow.clocks import timing
from salesflow.clocks.calendars import MICROSECONDS
from salesflow.clocks.models import BusinessCalendar, Clock
from salesflow.clocks.querysets import ClockQuerySet
from salesflow.clocks.services.rows import clocks_write, database_now, locked
from salesflow.clocks.services.start import target_checked, use_calendar, warnings_checked
from salesflow.clocks.services.working import hours_of

BATCH = 2000
_POLICY = ("target_seconds", "policy_key", "policy_version", "calendar", "calendar_version")


@transaction.atomic
def clocks_retarget(
    *,
    metric: str,
    policy_key: str,
    target_seconds: int,
    calendar: BusinessCalendar | None,
    policy_version: int,
    warn_percents: Sequence[int] | None = None,
    subject_type: str | None = None,
    subject_ids: Iterable[int] | None = None,
) -> int:
    """Give the open clocks of a policy its new limit, hours and warnings; gives how many there were.

    With `subject_type` and `subject_ids` these records' clocks come under the policy instead (a changed grade or
    priority). `warn_percents` None keeps those each clock has. Elapsed limits are one statement, however many
    clocks; business limits go through Python in batches, in the same transaction. Raises ValidationError (target,
    warnings).
    """
    target_checked(target_seconds)
    warnings = None if warn_percents is None else warnings_checked(warn_percents)
    ids = None if subject_ids is None else list(subject_ids)
    if calendar is None:
        return _to_elapsed(
            {
                "metric": metric,
                "subject_type": subject_type,
                "subject_ids": ids,
                "target": target_seconds,
                "target_us": target_seconds * MICROSECONDS,
                "key": policy_key,
                "version": policy_version,
                "warnings": warnings,
            }
        )
    chosen = Clock.objects.filter(metric=metric).open().exclude(state=Clock.State.RUNNING, due_at__lte=Now())
    if ids is None:
        chosen = chosen.filter(policy_key=policy_key)
    else:
        chosen = chosen.filter(subject_type=subject_type, subject_id__in=ids)
    changed = 0
    for clocks, now in _batches(chosen):
        for clock in clocks:
            clock.target_seconds, clock.policy_key = target_seconds, policy_key
            clock.policy_version = policy_version
            clock.warn_percents = clock.warn_percents if warnings is None else warnings
            use_calendar(clock, calendar, now)
            timing.follow(clock, hours_of(clock), now)
        if warnings is not None:
            Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(warn_percents=warnings)
        clocks_write(clocks, timing.CHANGING + _POLICY)
        changed += len(clocks)
    return changed


def clocks_follow_calendar(calendar: BusinessCalendar) -> int:
    """Reckon anew the running clocks whose end was reckoned with an older revision of the calendar."""
    followed = 0
    waiting = Clock.objects.running().filter(calendar=calendar).exclude(due_at__lte=Now())
    for clocks, now in _batches(waiting.exclude(calendar_revision=calendar.revision)):
        for clock in clocks:
            clock.calendar = calendar
            timing.follow(clock, hours_of(clock), now)
        clocks_write(clocks)
        followed += len(clocks)
    return followed


def _batches(clocks: ClockQuerySet) -> Iterator[tuple[list[Clock], datetime]]:
    """The clocks, locked in the order of their ids, some at a time so that memory stays flat."""
    last = 0
    while batch := locked(clocks.filter(pk__gt=last), BATCH):
        last = batch[-1].pk
        yield batch, database_now()


# The conditions stand on the locked row itself, so that a row changed while we waited for its lock is asked again.
_ELAPSED = """
WITH chosen AS (
    SELECT id, state, running_since, consumed_us, warned_percent,
           COALESCE(%(warnings)s::smallint[], warn_percents) AS percents,
           consumed_us + COALESCE(
               (extract(epoch FROM statement_timestamp() - running_since) * 1000000)::bigint, 0) AS used_us
    FROM clocks_clock
    WHERE metric = %(metric)s AND state IN ('running', 'paused')
      AND NOT (state = 'running' AND due_at <= statement_timestamp())
      AND CASE WHEN %(subject_ids)s::bigint[] IS NULL THEN policy_key = %(key)s
               ELSE subject_type = %(subject_type)s AND subject_id = ANY(%(subject_ids)s::bigint[]) END
    ORDER BY id FOR UPDATE
), warned AS (
    SELECT *, LEAST(warned_percent, used_us * 100 / %(target_us)s::bigint) AS still_warned FROM chosen
), stepped AS (
    SELECT *, COALESCE((SELECT min(p) FROM unnest(percents) AS p WHERE p > still_warned), 100) AS step
    FROM warned
)
UPDATE clocks_clock AS c SET
    target_seconds = %(target)s, policy_key = %(key)s, policy_version = %(version)s,
    calendar_id = NULL, calendar_version_id = NULL, calendar_revision = NULL,
    hours_of_team_id = NULL, hours_of_user_id = NULL,
    warn_percents = s.percents, warned_percent = s.still_warned,
    failed_at = NULL, retry_at = NULL, attempts = 0, error = '',
    due_at = s.running_since + GREATEST(0, %(target_us)s::bigint - s.consumed_us) * interval '1 microsecond',
    next_step = CASE WHEN s.state = 'running' THEN s.step END,
    next_step_at = s.running_since
        + GREATEST(0, %(target_us)s::bigint * s.step / 100 - s.consumed_us) * interval '1 microsecond'
FROM stepped AS s WHERE c.id = s.id
"""


def _to_elapsed(values: dict[str, Any]) -> int:
    """The equation of `timing` in SQL; a paused clock has no `running_since`, so its end and step stay empty."""
    with connection.cursor() as cursor:
        cursor.execute(_ELAPSED, values)
        return cursor.rowcount
