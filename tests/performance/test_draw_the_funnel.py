"""How far leads get, as counted by hand."""

import statistics
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from leads.models import Lead
from performance.services import days_back, funnel
from salesflow.people.models import User
from tests.performance.world import World, people, random_world, takes_part

STAGES = ["new", "assigned", "contacted", "qualified", "converted"]


@pytest.fixture(params=(4, 5))
def world(request: pytest.FixtureRequest, db: None) -> World:
    return random_world(request.param)


def reached(world: World, lead: Lead) -> list[datetime | None]:
    """When the lead got to each stage; a skipped one counts with the next."""
    owned = [each for each in world.ownerships if each.lead is lead]
    times: list[datetime | None] = [
        lead.created_at,
        min((each.started_at for each in owned), default=None),
        min((each.first_contacted_at for each in owned if each.first_contacted_at), default=None),
        world.qualified.get(lead.pk),
        lead.converted_at,
    ]
    for place in (3, 2, 1):
        known = [moment for moment in times[place:] if moment]
        times[place] = min(known, default=None)
    return times


def days(some: list[Any]) -> Any:
    return pytest.approx(statistics.median(some), abs=0.01) if some else None


def test_a_cohort_as_by_hand(world: World) -> None:
    period = days_back(90)
    found = funnel(user=world.users["admin"], kind="cohort", period=period)
    cohort = [
        lead for lead in world.leads if takes_part(lead) and period.start <= lead.created_at < period.end
    ]
    times = [reached(world, lead) for lead in cohort]
    counts = [sum(time[place] is not None for time in times) for place in range(5)]
    assert [stage.stage for stage in found.stages] == STAGES
    assert [stage.count for stage in found.stages] == counts
    for place, stage in enumerate(found.stages):
        went_on = [time for time in times if place < 4 and time[place + 1]]
        spans = [(time[place + 1] - time[place]).total_seconds() / 86400 for time in went_on]
        assert stage.median_days == days(spans)
        expected = counts[place + 1] / counts[place] if place < 4 and counts[place] else None
        assert stage.conversion == pytest.approx(expected)
    assert found.disqualified == sum(lead.status == "disqualified" for lead in cohort)


def test_a_snapshot_is_where_leads_stand(world: World) -> None:
    found = funnel(user=world.users["admin"], kind="snapshot", period=None)
    standing = [lead.status for lead in world.leads if takes_part(lead)]
    assert [stage.count for stage in found.stages] == [standing.count(stage) for stage in STAGES]
    assert found.disqualified == standing.count("disqualified")
    first = found.stages[0]
    all_ = sum(stage.count for stage in found.stages)
    assert first.conversion == pytest.approx((all_ - first.count) / all_)


def test_people_see_the_funnel_of_their_scope(world: World) -> None:
    ann = User.objects.get(pk=world.users["ann"].pk)
    found = funnel(user=ann, kind="snapshot", period=None)
    mine = [lead.status for lead in world.leads if takes_part(lead) and lead.owner_id == ann.pk]
    assert [stage.count for stage in found.stages] == [mine.count(stage) for stage in STAGES]


def test_an_empty_funnel_knows_no_shares(db: None) -> None:
    world = people()
    for kind in ("cohort", "snapshot"):
        found = funnel(user=world.users["admin"], kind=kind, period=days_back(7))
        assert [(stage.count, stage.conversion, stage.median_days) for stage in found.stages] == [
            (0, None, None)
        ] * 5


def test_there_are_two_kinds(db: None) -> None:
    with pytest.raises(ValidationError):
        funnel(user=people().users["admin"], kind="pie", period=None)
