"""What the tests of clocks share: a metric of their own, clocks that are easily made, and time that passes by SQL."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from salesflow.clocks import registry
from salesflow.clocks.hours import day_from_text, week_to_json
from salesflow.clocks.models import BusinessCalendar, Clock
from salesflow.clocks.services import calendar_create, clock_start
from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults, user_create

METRIC = "tests.answer"
SUBJECT = "tests.letter"
DAY = 86_400


@dataclass
class Effects:
    """What the sweep told the metric: (subject, percent) in order; 100 is the end."""

    seen: list[tuple[int, int]] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)

    def warn(self, clocks: list[Clock], percent: int) -> None:
        self.seen += [(clock.subject_id, percent) for clock in clocks]

    def due(self, clocks: list[Clock]) -> None:
        self.seen += [(clock.subject_id, 100) for clock in clocks]
        self.clocks += clocks


@pytest.fixture
def effects() -> Iterator[Effects]:
    """A registered metric that remembers what it was told."""
    told = Effects()
    registry.register(METRIC, on_warn=told.warn, on_due=told.due)
    yield told
    registry._metrics.pop(METRIC, None)


@pytest.fixture
def start(db: None, effects: Effects) -> Callable[..., Clock]:
    """Start a clock of the test's metric; a day with warnings at 50 and 80 % unless told otherwise."""

    def started(subject_id: int = 1, **values: Any) -> Clock:
        values = {"target_seconds": DAY, "warn_percents": [50, 80], "metric": METRIC, **values}
        return clock_start(subject_type=SUBJECT, subject_id=subject_id, **values)

    return started


def pass_time(seconds: float, **chosen: Any) -> None:
    """Let time pass for these clocks (all, unless chosen): everything they were stamped with lies further back."""
    columns = ("started_at", "running_since", "due_at", "next_step_at")
    moved = ", ".join(f"{column} = {column} - %(by)s * interval '1 second'" for column in columns)
    ids = list(Clock.objects.filter(**chosen).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE clocks_clock SET {moved} WHERE id = ANY(%(ids)s) AND state IN ('running', 'paused')",
            {"by": seconds, "ids": ids},
        )


def fresh(clock: Clock) -> Clock:
    return Clock.objects.select_related("calendar").get(pk=clock.pk)


def week(text: str, days: int = 5) -> dict[str, Any]:
    """Stored weekly hours: the same on the first `days` weekdays."""
    day = day_from_text(text)
    return week_to_json(tuple(day if number < days else () for number in range(7)))


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.fixture
def office(db: None) -> BusinessCalendar:
    """Monday to Friday 9–18 in Berlin."""
    return calendar_create(
        name="Office", zone="Europe/Berlin", weekly=week("9:00-18:00"), valid_from=date(2020, 1, 1)
    )


@pytest.fixture
def people(db: None) -> dict[str, User]:
    people_ensure_defaults()
    return {
        role: user_create(by=None, email=f"{role}@clocks.test", password=None, roles=[role], name=role)
        for role in ("admin", "rep", "auditor")
    }


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in threads with connections of their own; the result or the exception of each."""
    results: list[Any] = [None] * len(deeds)

    def run(index: int) -> None:
        try:
            results[index] = deeds[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return results
