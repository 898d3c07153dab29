"""The sweep takes the steps that have come, each once, stamped with its own instant, and nothing holds up the rest."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from salesflow.clocks import registry
from salesflow.clocks.models import BusinessCalendar, Clock
from salesflow.clocks.registry import Done
from salesflow.clocks.services import clock_meet, clocks_start, database_now, sweep, working_time
from salesflow.lib.sweeps import sweep_named

from .conftest import DAY, METRIC, SUBJECT, fresh, pass_time


def test_nothing_due_is_nothing_done(start, effects):
    start()
    assert sweep() == {"processed": 0, "reminded": 0, "failed": 0}


def test_each_warning_is_given_once_and_then_the_end(start, effects):
    start(1, target_seconds=DAY)
    for passed in (0.55, 0.3, 0.3, 0.3):
        pass_time(DAY * passed)
        sweep()
        sweep()
    assert effects.seen == [(1, 50), (1, 80), (1, 100)]


def test_a_breach_is_stamped_with_the_end_and_the_time_of_processing_stands_beside_it(start, effects):
    clock = start(target_seconds=DAY)
    pass_time(2 * DAY)
    before = database_now()
    assert sweep()["processed"] == 1
    breached = fresh(clock)
    assert breached.state == "breached"
    assert breached.breached_at == breached.due_at == breached.started_at + timedelta(days=1)
    assert before <= breached.processed_at <= database_now()
    assert breached.consumed_seconds == DAY


def test_the_effect_sees_its_clocks_as_they_are_afterwards(start, effects):
    start(target_seconds=60)
    pass_time(61)
    sweep()
    assert effects.clocks[0].state == "breached"
    assert effects.clocks[0].breached_at is not None


def test_after_an_outage_only_the_furthest_step_takes_effect(start, effects):
    start(1)
    start(2)
    pass_time(0.9 * DAY, subject_id=1)
    pass_time(9 * DAY, subject_id=2)
    counts = sweep()
    assert sorted(effects.seen) == [(1, 80), (2, 100)]
    assert (counts["processed"], counts["reminded"]) == (2, 1)


def test_business_clocks_warn_and_end_in_their_hours(start, effects, office):
    hours = working_time(office)
    started_at = database_now() - timedelta(days=30)
    used = hours.between(started_at, database_now())
    clock = start(target_seconds=int(used / 0.6), calendar=office, started_at=started_at)
    sweep()
    warned = fresh(clock)
    assert (effects.seen, warned.next_step) == ([(1, 50)], 80)
    assert warned.due_at == hours.add(started_at, clock.target_seconds)
    assert hours.between(started_at, warned.next_step_at) == pytest.approx(clock.target_seconds * 0.8)
    calendar_clock = start(2, target_seconds=int(used / 2), calendar=office, started_at=started_at)
    sweep()
    assert fresh(calendar_clock).breached_at == hours.add(started_at, int(used / 2))


def test_the_effects_add_their_own_counts(start, effects):
    registry.register(METRIC, on_due=lambda clocks: Done(counts={"returned": len(clocks)}))
    for subject in range(3):
        start(subject, target_seconds=60)
    pass_time(61)
    assert sweep(limit_per_batch=2) == {"processed": 3, "reminded": 0, "failed": 0, "returned": 3}


def test_an_effect_may_start_the_next_clock_of_its_record(start, effects):
    registry.register(
        METRIC, on_due=lambda clocks: [start(clock.subject_id) and None for clock in clocks] and None
    )
    start(target_seconds=60)
    pass_time(61)
    sweep()
    assert list(Clock.objects.order_by("pk").values_list("state", flat=True)) == ["breached", "running"]


def test_a_metric_without_effects_is_breached_all_the_same(start, effects):
    registry.register(METRIC)
    clock = start(target_seconds=60)
    pass_time(61)
    assert sweep()["processed"] == 1
    assert fresh(clock).state == "breached"


def test_one_failing_row_is_set_aside_and_the_others_go_on(start, effects):
    def due(clocks):
        if any(clock.subject_id == 3 for clock in clocks):
            raise RuntimeError("letter 3 is stuck")
        effects.due(clocks)

    registry.register(METRIC, on_due=due)
    for subject in range(8):
        start(subject, target_seconds=60)
    pass_time(61)
    counts = sweep()
    assert (counts["processed"], counts["failed"]) == (7, 1)
    assert {subject for subject, _percent in effects.seen} == {0, 1, 2, 4, 5, 6, 7}
    stuck = Clock.objects.get(subject_id=3)
    assert stuck.state == "running"
    assert "letter 3 is stuck" in stuck.error
    assert stuck.retry_at > database_now()
    assert Clock.objects.set_aside().get() == stuck
    assert sweep()["failed"] == 0, "not tried again before its time"


def test_a_row_set_aside_is_tried_again_after_longer_and_longer_waits_and_then_done(start, effects):
    def fail(clocks):
        raise RuntimeError

    registry.register(METRIC, on_due=fail)
    clock = start(target_seconds=60)
    pass_time(61)
    waits = []
    for _attempt in range(4):
        assert sweep()["failed"] == 1
        tried = fresh(clock)
        waits.append(tried.retry_at - tried.failed_at)
        Clock.objects.update(next_step_at=database_now() - timedelta(seconds=1))
    assert all(later > 1.5 * earlier for earlier, later in pairwise(waits))
    assert fresh(clock).attempts == 4
    registry.register(METRIC, on_due=effects.due)
    assert sweep()["processed"] == 1
    done = fresh(clock)
    assert (done.state, done.breached_at, done.error, done.attempts) == (
        "breached",
        clock.due_at - timedelta(seconds=61),
        "",
        0,
    )


def test_what_a_failing_effect_wrote_is_gone(start, effects):
    def write_and_fail(clocks):
        BusinessCalendar.objects.create(name=f"{len(clocks)} letters", zone="UTC")
        raise RuntimeError

    registry.register(METRIC, on_due=write_and_fail)
    for subject in range(3):
        start(subject, target_seconds=60)
    pass_time(61)
    assert sweep()["failed"] == 3
    assert not BusinessCalendar.objects.exists()


def test_an_effect_that_breaks_the_transaction_harms_only_its_own_row(start, effects):
    def due(clocks):
        if any(clock.subject_id == 1 for clock in clocks):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
        effects.due(clocks)

    registry.register(METRIC, on_due=due)
    for subject in range(4):
        start(subject, target_seconds=60)
    pass_time(61)
    assert sweep() == {"processed": 3, "reminded": 0, "failed": 1}


def test_a_row_whose_warning_failed_still_ends_in_time(start, effects):
    def fail(clocks, percent):
        raise RuntimeError

    registry.register(METRIC, on_warn=fail, on_due=effects.due)
    clock = start(target_seconds=DAY)
    pass_time(DAY * 0.6)
    sweep()
    assert fresh(clock).retry_at is not None
    pass_time(DAY * 0.5)
    sweep()
    assert effects.seen == [(1, 100)]


def test_rows_the_effect_did_not_handle_stay_as_they_were_and_come_again(start, effects):
    def only_even(clocks):
        even = [clock for clock in clocks if clock.subject_id % 2 == 0]
        effects.due(even)
        return [clock.pk for clock in even]

    registry.register(METRIC, on_due=only_even)
    for subject in range(6):
        start(subject, target_seconds=60)
    before = list(Clock.objects.filter(subject_id__in=[1, 3, 5]).order_by("pk").values())
    pass_time(61)
    assert sweep()["processed"] == 3
    left = Clock.objects.filter(subject_id__in=[1, 3, 5])
    assert {clock.state for clock in left} == {"running"}
    assert [row["due_at"] - timedelta(seconds=61) for row in before] == [
        clock.due_at for clock in left.order_by("pk")
    ]
    registry.register(METRIC, on_due=effects.due)
    assert sweep()["processed"] == 3


def test_a_clock_of_a_metric_this_process_does_not_know_is_set_aside(start, effects):
    start(1, target_seconds=60)
    registry.register("tests.other")
    start(2, target_seconds=60, metric="tests.other")
    registry._metrics.pop("tests.other")
    pass_time(61)
    counts = sweep()
    assert (counts["processed"], counts["failed"]) == (1, 1)
    assert "tests.other" in Clock.objects.get(subject_id=2).error


def test_the_time_budget_ends_a_round_and_the_next_one_goes_on(start, effects):
    for subject in range(6):
        start(subject, target_seconds=60)
    pass_time(61)
    assert sweep(limit_per_batch=2, time_budget=0)["processed"] <= 2
    while sweep()["processed"]:
        pass
    assert len(effects.seen) == 6


def test_the_timer_knows_the_sweep(start, effects):
    start(target_seconds=60)
    pass_time(61)
    timer = sweep_named("clocks.due")
    assert timer.every == 5
    assert timer.run()["processed"] == 1


def test_ten_thousand_due_at_once_take_seconds_and_few_statements(
    start, effects, django_assert_max_num_queries
):
    """The engine's own share of the promised thirty seconds; the statements per batch do not grow with its size."""
    row = {"subject_type": SUBJECT, "metric": METRIC, "target_seconds": 60, "warn_percents": [50, 80]}
    clocks_start([{**row, "subject_id": number} for number in range(10_000)])
    pass_time(61)
    with django_assert_max_num_queries(21 * 12):
        counts = sweep(limit_per_batch=500, time_budget=30)
    assert counts["processed"] == 10_000
    assert len(set(effects.seen)) == len(effects.seen) == 10_000


def test_among_a_hundred_thousand_running_clocks_the_due_ones_are_found_by_their_index(start, effects):
    start(0, target_seconds=60)
    with connection.cursor() as cursor:
        columns = ", ".join(field.column for field in Clock._meta.concrete_fields if field.column != "id")
        copied = columns.replace("subject_id", "number").replace(
            "next_step_at", "next_step_at + interval '1 day'"
        )
        cursor.execute(
            f"INSERT INTO clocks_clock ({columns}) SELECT {copied} FROM clocks_clock, generate_series(1, 100000) number"
        )
        cursor.execute("ANALYZE clocks_clock")
    pass_time(61, subject_id=0)
    with CaptureQueriesContext(connection) as captured:
        assert sweep()["processed"] == 1
    picking = next(query["sql"] for query in captured if "SKIP LOCKED" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + picking.replace("%", "%%"))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "clock_next_step" in plan
    assert "Seq Scan on clocks_clock" not in plan


_STOPPED = {"running_since": None, "next_step": None, "next_step_at": None}

# --- what the database itself refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("clock_state_is_known", {"state": "lost", **_STOPPED}),
        ("clock_running_has_due", {"due_at": None}),
        ("clock_running_is_swept", {"next_step_at": None}),
        ("clock_running_is_swept", {"next_step": None}),
        ("clock_running_has_due", {"running_since": None}),
        (
            "clock_paused_has_no_due",
            {"state": "paused", **_STOPPED},
        ),
        ("clock_met_has_its_time", {"met_at": "now"}),
        ("clock_cancelled_has_its_time", {"cancelled_at": "now"}),
        ("clock_breached_has_its_time", {"breached_at": "due", "processed_at": "now"}),
        (
            "clock_breach_is_stamped_with_due",
            {"state": "breached", "breached_at": "now", "processed_at": "now"},
        ),
        ("clock_breach_is_stamped_with_due", {"processed_at": "now"}),
        (
            "clock_met_after_due_is_breached",
            {"state": "met", "met_at": "later", **_STOPPED},
        ),
        ("clock_counts_upwards", {"target_seconds": 0}),
        ("clock_counts_upwards", {"consumed_us": -1}),
        ("clock_set_aside_is_retried", {"failed_at": "now"}),
    ],
)
def test_a_clock_that_contradicts_itself_cannot_be_stored(start, constraint, changes):
    clock = start()
    words = {"now": database_now(), "due": clock.due_at, "later": clock.due_at + timedelta(days=9)}
    values = {
        name: words.get(value, value) if isinstance(value, str) else value for name, value in changes.items()
    }
    with pytest.raises(IntegrityError, match=constraint):
        Clock.objects.filter(pk=clock.pk).update(**values)


def test_every_state_the_services_reach_is_allowed(start, effects):
    """The positive side of the table above."""
    for subject in (1, 2, 3):
        start(subject, target_seconds=60)
    clock_meet(subject_type=SUBJECT, subject_id=1, metric=METRIC)
    pass_time(61, subject_id__in=[2, 3])
    sweep()
    clock_meet(subject_type=SUBJECT, subject_id=2, metric=METRIC)
    assert set(Clock.objects.values_list("state", flat=True)) == {"met", "breached"}
