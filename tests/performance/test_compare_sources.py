"""Conversion and cost by where leads come from: counted by hand, the same money in every split, for whom it is."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Campaign, Lead, LeadEvent, LeadSource
from performance.services import Period, period_of
from performance.services.sources import SPLITS, source_report
from salesflow.people.models import User
from tests.api.conftest import caller_of
from tests.performance.world import ZONE, World, people, random_world, takes_part

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01"


@pytest.fixture
def world() -> World:
    """Leads of four months, half of them of campaigns, some visited by one first."""
    world = random_world(11, size=40)
    sources = list(LeadSource.objects.order_by("pk")[:2])
    LeadSource.objects.filter(pk=sources[0].pk).update(cost=Decimal(900), currency="CNY")
    day = timezone.now().astimezone(ZONE).date()
    spring = Campaign.objects.create(
        name="Spring", source=sources[0], cost=Decimal(1000), starts_on=day - timedelta(9), ends_on=day
    )
    autumn = Campaign.objects.create(name="Autumn 秋", source=sources[1], cost=Decimal("99.99"))
    for n, lead in enumerate(world.leads):
        lead.campaign = (spring, autumn, None, None)[n % 4]
        Lead.objects.filter(pk=lead.pk).update(campaign=lead.campaign)
        if n % 4 == 3:
            url = "https://a.test/?x=1&utm_campaign=" + ("autumn+%E7%A7%8B" if n % 8 == 3 else "Winter")
            LeadEvent.objects.create(lead=lead, kind="page_view", occurred_at=timezone.now(), url=url)
    return world


def report(user: User, by: str, **more: Any) -> dict[Any, Any]:
    period = more.pop("period", period_of(LONG_AGO, None))
    return {line.key: line for line in source_report(user=user, by=by, period=period, **more).lines}


def key_of(lead: Lead, by: str) -> Any:
    autumn = Campaign.objects.get(name__startswith="Autumn").pk
    visited = LeadEvent.objects.filter(lead=lead).values_list("url", flat=True).first()
    return {
        "channel": lead.source and lead.source.channel,
        "kind": lead.source and lead.source.kind,
        "source": lead.source_id,
        "campaign": lead.campaign_id,
        "first_touch": lead.campaign_id if not visited else "winter" if "Winter" in visited else autumn,
    }[by]


def test_leads_and_converted_ones_are_those_counted_by_hand(world: World) -> None:
    ours = {world.users[name].pk for name in ("ann", "ben")}
    for who, by in product(("admin", "manager"), SPLITS):
        mine = [
            lead for lead in world.leads if takes_part(lead) and (who == "admin" or lead.owner_id in ours)
        ]
        leads = Counter(key_of(lead, by) for lead in mine)
        converted = Counter(key_of(lead, by) for lead in mine if lead.status == "converted")
        found = report(world.users[who], by)
        assert {key: line.leads for key, line in found.items() if line.leads} == leads
        assert {key: line.converted for key, line in found.items() if line.converted} == converted
        assert all(line.rate == line.converted / line.leads for line in found.values() if line.leads)


def test_every_split_tells_the_same_money(world: World) -> None:
    for by in SPLITS:
        whole = source_report(user=world.users["admin"], by=by, period=period_of(LONG_AGO, None))
        assert [cost.amount for cost in whole.total.costs] == [Decimal("1999.99")], by
        assert sum(cost.amount for line in whole.lines for cost in line.costs) == Decimal("1999.99")
    spring = Campaign.objects.get(name="Spring")
    (cost,) = report(world.users["admin"], "campaign")[spring.pk].costs
    leads = Lead.objects.filter(campaign=spring)
    counted = [lead for lead in leads if takes_part(lead)]
    assert cost.per_lead == (cost.amount / len(counted)).quantize(Decimal("0.01"))
    unknown = report(world.users["admin"], "first_touch")["winter"]
    assert unknown.label == "Winter" and unknown.costs == []


def test_a_campaigns_cost_is_spread_over_its_days(world: World) -> None:
    spring = Campaign.objects.get(name="Spring")
    assert spring.starts_on is not None

    def cost(first: date, days: int) -> Decimal:
        period = period_of(str(first), str(first + timedelta(days)))
        found = report(world.users["admin"], "campaign", period=period).get(spring.pk)
        return found.costs[0].amount if found and found.costs else Decimal(0)

    start = spring.starts_on
    assert [cost(start - timedelta(5), days) for days in (5, 6, 15, 99)] == [0, 100, 1000, 1000]
    assert cost(start + timedelta(2), 3) == 300
    parts = [source_report(user=world.users["admin"], by="campaign", period=_day(start + timedelta(n)))
             for n in range(10)]  # fmt: skip
    told = [
        cost.amount for part in parts for line in part.lines if line.key == spring.pk for cost in line.costs
    ]
    assert told == [100] * 10


def _day(day: date) -> Period:
    return period_of(str(day), str(day + timedelta(1)))


def test_who_sees_a_part_bears_a_part_and_who_sees_only_his_own_is_told_none(world: World) -> None:
    whole = report(world.users["admin"], "campaign")
    ours = report(world.users["manager"], "campaign")
    for key, line in ours.items():
        for cost in line.costs:
            assert abs(cost.per_lead - whole[key].costs[0].per_lead) <= Decimal("0.01")  # type: ignore[operator]
    assert any(line.costs for line in ours.values())
    assert not any(line.costs for line in report(world.users["ann"], "campaign").values())
    team = report(world.users["admin"], "campaign", team=world.teams["one"].pk)
    assert {key: line.costs for key, line in team.items()} == {key: line.costs for key, line in ours.items()}


def test_over_rest_costs_of_several_currencies_stand_beside_each_other(world: World) -> None:
    source = LeadSource.objects.get(pk=Campaign.objects.get(name="Spring").source_id)
    LeadSource.objects.filter(pk=source.pk).update(currency="USD")
    told = caller_of(world.users["admin"]).get(f"source-report/?by=source&from={LONG_AGO}").json()
    (row,) = [row for row in told["rows"] if row["key"] == source.pk]
    assert [(cost["currency"], cost["cost"]) for cost in row["costs"]] == [
        ("CNY", "1000.00"),
        ("USD", "900.00"),
    ]
    assert (row["currency"], row["cost"], row["cost_per_lead"]) == (None, None, None)
    (other,) = [row for row in told["rows"] if len(row["costs"]) == 1]
    assert (other["currency"], other["cost"]) == ("CNY", "99.99")
    assert told["total"]["leads"] == sum(row["leads"] for row in told["rows"])
    empty = (
        caller_of(world.users["admin"]).get("source-report/?by=channel&from=2001-01-01&to=2001-02-01").json()
    )
    assert {(row["leads"], row["rate"], row["costs"][0]["cost_per_lead"]) for row in empty["rows"]} == {
        (0, None, None)
    }
    assert (empty["total"]["leads"], empty["total"]["rate"], empty["total"]["costs"][0]["cost_per_converted"]) == (
        0, None, None,
    )  # fmt: skip


def test_what_cannot_be_read_is_refused(world: World) -> None:
    admin = caller_of(world.users["admin"])
    for query in ("", "by=moon", "by=channel&from=x", "by=channel&grade=A", "by=kind&team=x"):
        assert admin.get(f"source-report/?{query}").status_code == 400, query
    assert caller_of(world.users["finance"]).get("source-report/?by=channel").status_code == 403


def test_the_page_leads_from_every_number_to_its_leads(world: World, browse: Callable[[str], Client]) -> None:
    browser = browse("admin")
    for by in SPLITS:
        page = browser.get(f"/figures/sources/?by={by}&period=90").content.decode()
        assert f'value="{by}" selected' in page and "Cost per converted lead" in page
    page = browser.get(f"/figures/sources/?by=kind&period=dates&since={LONG_AGO}")
    lines = page.context["lines"]
    for line in lines:
        for cell in line.cells[:2]:
            if cell.href:
                query = urlsplit(cell.href).query
                count = caller_of(world.users["admin"]).get(f"leads/count/?{query}").json()["count"]
                past = sum(not takes_part(lead) and lead.archived_at is None and not lead.merged_into_id
                           for lead in world.leads)  # fmt: skip
                assert int(cell.text) <= count <= int(cell.text) + past
    assert browse("finance").get("/figures/sources/").status_code == 403
    assert browse("ann").get("/figures/sources/?by=x&period=x").status_code == 200


def test_invented_campaigns_beyond_a_bound_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("performance.services.sources.MOST_TOUCHES", 3)
    admin = people().users["admin"]
    made = Lead.objects.bulk_create(
        Lead(company_name=f"C{n}", status="disqualified", utm={"utm_campaign": f"word {n}"}) for n in range(6)
    )
    found = report(admin, "first_touch")
    assert sum(line.leads for line in found.values()) == len(made)
    assert found["REST"].leads == 3 and list(found)[-1] == "REST"
