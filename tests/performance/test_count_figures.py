"""Each figure is what a person with a pencil would get out of the same rows, whoever asks and however it is split."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Lead
from performance.services import Period, days_back, kpi, kpi_tile, period_of
from performance.services.metrics import GROUPINGS, METRICS
from performance.services.period import midnight, month_before
from salesflow.people.models import User
from tests.performance.world import ZONE, World, by_hand, people, random_world

SEEDS = (1, 2)


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.fixture(params=SEEDS)
def world(request: pytest.FixtureRequest, db: None) -> World:
    return random_world(request.param)


@pytest.mark.parametrize("metric", METRICS)
def test_as_by_hand(world: World, metric: str) -> None:
    period = days_back(40)
    before = period.before()
    for by in (None, *(name for name in GROUPINGS if name != "month")):
        figures = kpi(user=world.users["admin"], metric=metric, period=period, by=by)
        now = by_hand(world, metric, period.start, period.end, by)
        earlier = by_hand(world, metric, before.start, before.end, by)
        nothing = 0 if METRICS[metric].unit == "count" else None
        assert {row.key for row in figures.rows} == set(now) | set(earlier), by
        for row in figures.rows:
            assert row.value == pytest.approx(now.get(row.key, nothing)), (by, row)
            assert row.previous == pytest.approx(earlier.get(row.key, nothing)), (by, row)


@pytest.mark.parametrize("metric", METRICS)
def test_months_as_by_hand(world: World, metric: str) -> None:
    period = days_back(70)
    rows = kpi(user=world.users["admin"], metric=metric, period=period, by="month").rows
    here = by_hand(world, metric, period.start, period.end, "month")
    everything = by_hand(world, metric, period.start - timedelta(days=800), period.end, "month")
    nothing = 0 if METRICS[metric].unit == "count" else None
    assert [row.key for row in rows] == sorted(row.key for row in rows)
    assert set(here) <= {row.key for row in rows}
    for row in rows:
        last = f"{month_before(date.fromisoformat(row.key + '-01')):%Y-%m}"
        assert row.value == pytest.approx(here.get(row.key, nothing)), row
        assert row.previous == pytest.approx(everything.get(last, nothing)), row


@pytest.mark.parametrize("metric", METRICS)
def test_people_see_the_figures_of_their_scope(world: World, metric: str) -> None:
    period, everyone = days_back(60), world.users
    scopes = {
        "ann": {"ann"},
        "manager": {"manager", "ann", "ben"},
        "director": {"director", "ann", "ben", "cat"},
        "admin": None,
        "auditor": None,
        "marketing": None,
    }
    for who, names in scopes.items():
        seen = None if names is None else {everyone[name].pk for name in names}
        for by in (None, "user", "source"):
            figures = kpi(user=again(everyone[who]), metric=metric, period=period, by=by)
            expected = by_hand(world, metric, period.start, period.end, by, seen)
            shown = {row.key: row.value for row in figures.rows if by is None or row.key in expected}
            assert shown == pytest.approx(expected), (who, by)
    with pytest.raises(PermissionDenied):
        kpi(user=again(everyone["finance"]), metric=metric, period=period)


@pytest.mark.parametrize("metric", METRICS)
def test_narrowed_to_a_team_or_a_person(world: World, metric: str) -> None:
    period, users = days_back(60), world.users
    figure = kpi(user=users["admin"], metric=metric, period=period, team=world.teams["one"].pk).total
    expected = by_hand(world, metric, period.start, period.end, None, {users["ann"].pk, users["ben"].pk})
    assert figure.value == pytest.approx(expected[None])
    figure = kpi(user=users["manager"], metric=metric, period=period, person=users["ben"].pk).total
    assert figure.value == pytest.approx(
        by_hand(world, metric, period.start, period.end, None, {users["ben"].pk})[None]
    )
    hidden = kpi(user=again(users["manager"]), metric=metric, period=period, person=users["dan"].pk).total
    assert hidden.value == (0 if METRICS[metric].unit == "count" else None)


@pytest.mark.parametrize("metric", METRICS)
def test_a_tile_is_the_whole_and_its_course(world: World, metric: str) -> None:
    period = days_back(28)
    tile = kpi_tile(user=world.users["admin"], metric=metric, period=period, steps=8)
    assert tile.row == kpi(user=world.users["admin"], metric=metric, period=period).total
    start, week = period.before().start, timedelta(days=7)
    expected = [
        by_hand(world, metric, start + week * step, start + week * (step + 1), None)[None]
        for step in range(8)
    ]
    assert tile.course == pytest.approx(expected)


@pytest.mark.parametrize("metric", METRICS)
def test_one_statement_whatever_the_number_of_leads(world: World, metric: str) -> None:
    admin, period = again(world.users["admin"]), days_back(60)
    assert admin.people_in_scope[admin.scope("kpis.view")] is None
    with CaptureQueriesContext(connection) as asked:
        kpi(user=admin, metric=metric, period=period, by="source")
    assert len(asked) == 1


def test_the_known_outcome_of_a_past_lead_changes_nothing(world: World) -> None:
    period = days_back(60)

    def everything() -> list[Any]:
        return [
            kpi(user=world.users["admin"], metric=metric, period=period, by="grade").rows
            for metric in METRICS
        ]

    before = everything()
    Lead.objects.update(outcome=1)
    assert everything() == before


def test_past_leads_that_nobody_works_are_not_counted(db: None) -> None:
    world = people()
    Lead.objects.create(company_name="Past", outcome=1)
    admin = world.users["admin"]
    assert kpi(user=admin, metric="new_leads", period=days_back(2)).total.value == 0
    assert kpi(user=admin, metric="lead_conversion_rate", period=days_back(2)).total.value is None


def test_nothing_over_nothing_is_unknown(db: None) -> None:
    world = people()
    for metric, described in METRICS.items():
        row = kpi(user=world.users["admin"], metric=metric, period=days_back(7)).total
        expected = (0, 0) if described.unit == "count" else (None, None)
        assert (row.value, row.previous) == expected
        assert kpi(user=world.users["admin"], metric=metric, period=days_back(7), by="source").rows == []


def test_a_rate_shows_the_numbers_it_is_made_of(db: None) -> None:
    world = people()
    ann, now = world.users["ann"], timezone.now()
    for status in ("assigned", "assigned", "converted"):
        Lead.objects.create(
            company_name="x", owner=ann, owned_since=now, status=status,
            converted_at=now if status == "converted" else None,
        )  # fmt: skip
    row = kpi(user=world.users["admin"], metric="lead_conversion_rate", period=days_back(2), by="user").rows[
        0
    ]
    assert (row.key, row.label, row.numerator, row.denominator) == (ann.pk, "Ann", 1, 3)
    assert row.value == pytest.approx(1 / 3)


@pytest.mark.parametrize("name, given", [("metric", "win_rate"), ("by", "moon")])
def test_unknown_words_are_refused(db: None, name: str, given: str) -> None:
    asked = {"metric": "claims", "by": None, name: given}
    with pytest.raises(ValidationError) as caught:
        kpi(user=people().users["admin"], period=days_back(2), **asked)
    assert list(caught.value.error_dict) == [name]


# -- periods ----------------------------------------------------------------------------------------------------


def test_days_are_days_of_the_workspaces_zone(db: None) -> None:
    people()
    period = period_of("2026-03-01", "2026-03-08")
    assert period.start.isoformat() == "2026-03-01T00:00:00+08:00"
    assert period.end.isoformat() == "2026-03-08T00:00:00+08:00"
    assert period.before().start.isoformat() == "2026-02-22T00:00:00+08:00"


def test_a_period_takes_moments_too(db: None) -> None:
    people()
    period = period_of("2026-03-01T10:00:00Z", "2026-03-01T22:00")
    assert period.start.isoformat() == "2026-03-01T18:00:00+08:00"
    assert period.end.isoformat() == "2026-03-01T22:00:00+08:00"  # without an offset: the workspace's zone


def test_without_words_it_is_the_last_thirty_days(db: None) -> None:
    people()
    period = period_of(None, None)
    assert period.end - period.start == timedelta(days=30)
    assert period.start <= timezone.now() < period.end


@pytest.mark.parametrize(
    "start, end, field",
    [
        ("2026-03-08", "2026-03-01", "to"),
        ("2026-03-01", "2026-03-01", "to"),
        ("yesterday", None, "from"),
        ("2026-02-30", None, "from"),
        (None, "0001-01-01", "to"),
        ("9999-12-31", None, "from"),
        ("2000-01-01", "2199-01-01", "to"),
        ("2026-03-01\x00", None, "from"),
    ],
)
def test_periods_that_are_none_are_refused(db: None, start: Any, end: Any, field: str) -> None:
    people()
    with pytest.raises(ValidationError) as caught:
        period_of(start, end)
    assert list(caught.value.error_dict) == [field]


def test_the_period_before_has_as_many_days_over_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    period = Period(datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 4, 5, tzinfo=berlin))
    assert period.before().start == datetime(2026, 3, 22, tzinfo=berlin)


def test_months_of_a_period() -> None:
    period = Period(midnight(date(2025, 11, 15), ZONE), midnight(date(2026, 2, 1), ZONE))
    assert period.months() == ["2025-11", "2025-12", "2026-01"]
