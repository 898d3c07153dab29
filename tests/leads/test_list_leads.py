"""The list of leads and the pool as pages: what a row says of the first contact, and deeds on many rows at once."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Lead, Ownership, Pool
from leads.services import lead_disqualify, lead_log_contact, leads_assign
from leads.services.defaults import leads_ensure_defaults
from salesflow.people.models import User
from tests.api.conftest import make_cast
from tests.leads import cast as scene
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


@pytest.fixture
def cast() -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    scene.default_pool(members=[people.alice, people.bob], managers=[people.mona])
    return people


@pytest.fixture
def browse(cast: SimpleNamespace) -> Browse:
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return signed_in


def row_of(client: Client, lead: Lead, address: str = "/leads/") -> str:
    page = client.get(address).content.decode()
    (row,) = re.findall(rf'<tr data-href="/leads/{lead.pk}/"[^>]*>.*?</tr>', page, re.DOTALL)
    return row


def contact(lead: Lead, by: User) -> None:
    lead_log_contact(
        lead=lead, by=by, channel="call", direction="outbound", outcome="reached", summary="Wants a demo",
        next_follow_up_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def test_a_countdown_stops_at_contact_and_a_check_tells_when_it_was(
    cast: SimpleNamespace, browse: Browse
) -> None:
    waiting, made = scene.leads_of(cast.alice, 2)
    scene.time_passes([waiting, made], 90_000)
    assert "late" in row_of(browse("alice"), made)
    contact(made, cast.alice)
    row = row_of(browse("alice"), made)
    assert "data-due" not in row and "late" not in row
    assert 'aria-label="Contacted"' in row and "just now" in row
    assert "data-due" in row_of(browse("alice"), waiting)


def test_nobody_waits_for_a_lead_that_is_out_or_in_the_pool(cast: SimpleNamespace, browse: Browse) -> None:
    out, pooled = scene.lead_of(cast.alice), scene.lead_in_pool()
    reason = next(iter(scene.reasons("disqualify")))
    lead_disqualify(lead=out, by=cast.alice, reason=reason)
    scene.time_passes([out], 90_000)
    for lead in (out, pooled):
        row = row_of(browse("alice"), lead)
        assert "data-due" not in row and "Contacted" not in row
    # neither do the filter and the figure beside "Leads" count them
    assert browse("alice").get("/api/v1/leads/count/?due=late,open").json() == {"count": 0}
    assert 'class="count is-late"' not in browse("alice").get("/tasks/").content.decode()


def test_everybody_is_offered_the_deeds_that_are_his(browse: Browse, cast: SimpleNamespace) -> None:
    scene.lead_of(cast.alice)
    page = browse("alice").get("/leads/").content.decode()
    assert page.count('name="ids"') == 1 and 'name="tag.tag"' in page and 'name="to"' not in page
    assert b"pick-cell" not in browse("auditor").get("/leads/").content
    page = browse("mona").get("/leads/").content.decode()
    assert page.count('name="ids"') == 1
    assert re.findall(r'<select name="to".*?</select>', page, re.DOTALL)
    assert "By the assignment rules" in page and cast.bob.name in page and cast.charlie.name not in page


def test_many_leads_go_to_a_person_in_one_request(browse: Browse, cast: SimpleNamespace) -> None:
    leads = [*scene.leads_of(cast.alice, 3), *scene.leads_in_pool(2)]
    answer = browse("mona").post("/leads/assign/", {"ids": [lead.pk for lead in leads], "to": cast.bob.pk})
    assert (answer.status_code, told(answer)) == (302, "5 leads are assigned.")
    assert set(scene.owners(leads)) == {cast.bob.pk}
    begun = Ownership.objects.filter(ended_at=None, lead__in=leads).values_list("via", flat=True)
    assert sorted(begun) == ["assign", "assign", "transfer", "transfer", "transfer"]


def test_each_refusal_is_told_beside_its_lead(browse: Browse, cast: SimpleNamespace) -> None:
    his, held, other = scene.lead_of(cast.bob), scene.lead_of(cast.alice), scene.lead_of(cast.charlie)
    ids = {"ids": [his.pk, held.pk, other.pk], "to": cast.bob.pk}
    page = browse("mona").post("/leads/assign/", ids).content.decode()
    assert "1 lead is assigned." in page and "2 leads stayed as they were:" in page
    assert f"{cast.bob} owns this lead already." in page
    assert "This lead is no longer yours to see." in page
    assert scene.owners([his, held, other]) == [cast.bob.pk, cast.bob.pk, cast.charlie.pk]


def test_the_holding_limit_counts_through_the_rows(browse: Browse, cast: SimpleNamespace) -> None:
    scene.lead_of(cast.bob)
    scene.default_pool(max_held=3)
    leads = scene.leads_of(cast.alice, 4)
    page = browse("mona").post("/leads/assign/", {"ids": [lead.pk for lead in leads], "to": cast.bob.pk})
    assert page.content.decode().count("may hold at most 3 leads") == 2
    assert scene.owners(leads) == [cast.bob.pk, cast.bob.pk, cast.alice.pk, cast.alice.pk]


def test_the_rules_decide_about_many(browse: Browse, cast: SimpleNamespace) -> None:
    free, owned = scene.leads_in_pool(2), scene.lead_of(cast.alice)
    ids = [*(lead.pk for lead in free), owned.pk]
    page = browse("mona").post("/leads/assign/", {"ids": ids, "to": "rules"}).content.decode()
    assert "2 leads are assigned." in page and "This lead has an owner." in page
    assert None not in scene.owners(free)


def test_what_nobody_can_take_is_told_to_wait(browse: Browse, cast: SimpleNamespace) -> None:
    User.objects.filter(pk__in=[cast.alice.pk, cast.bob.pk, cast.charlie.pk]).update(capacity=0)
    lead = scene.lead_in_pool()
    page = browse("mona").post("/leads/assign/", {"ids": lead.pk, "to": "rules"}).content.decode()
    assert "Nobody could take it now" in page
    assert Lead.objects.get(pk=lead.pk).in_pool


@pytest.mark.parametrize(
    "typed", [{}, {"ids": "x", "to": "rules"}, {"ids": ["1"] * 201, "to": "rules"}, {"ids": "1", "to": "x"}]
)
def test_what_makes_no_sense_is_told_and_changes_nothing(
    browse: Browse, cast: SimpleNamespace, typed: dict
) -> None:
    lead = scene.lead_of(cast.alice)
    answer = browse("mona").post("/leads/assign/", typed, headers={"referer": "http://testserver/leads/"})
    assert answer.status_code == 302 and "Choose" in told(answer)
    assert scene.owners([lead]) == [cast.alice.pk]


def test_who_may_not_assign_is_refused(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    for to in (cast.bob.pk, "rules"):
        browse("alice").post("/leads/assign/", {"ids": lead.pk, "to": to})
        assert scene.owners([lead]) == [cast.alice.pk]


def test_claiming_several_tells_which_another_took(browse: Browse, cast: SimpleNamespace) -> None:
    mine, gone = scene.leads_in_pool(2)
    leads_assign(lead_ids=[gone.pk], by=cast.mona, owner=cast.bob)
    page = browse("alice").post("/pool/claim/", {"ids": [mine.pk, gone.pk]}).content.decode()
    assert "1 lead is yours." in page and "Another rep took this lead first." in page
    assert scene.owners([mine, gone]) == [cast.alice.pk, cast.bob.pk]


def test_many_leads_are_assigned_with_few_statements(cast: SimpleNamespace) -> None:
    def statements(number: int) -> int:
        leads = scene.leads_of(cast.alice, number)
        with CaptureQueriesContext(connection) as asked:
            leads_assign(lead_ids=[lead.pk for lead in leads], by=cast.mona, owner=cast.bob)
        return len(asked)

    statements(1)
    assert statements(100) < 40


@pytest.mark.parametrize("who", ["alice", "mona"])
@pytest.mark.parametrize(
    "address", ["/leads/", "/pool/", "/leads/?due=late,today&ordering=first_contact_due_at"]
)
def test_a_list_takes_a_dozen_statements_whatever_its_length(
    browse: Browse, cast: SimpleNamespace, who: str, address: str
) -> None:
    client = browse(who)

    def statements() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    scene.leads_of(cast.alice, 1), scene.leads_in_pool(1)
    few = statements()
    scene.leads_of(cast.alice, 20), scene.leads_in_pool(20)
    assert statements() == few <= 12
    scene.leads_of(cast.alice, 60), scene.leads_in_pool(60)
    assert statements() <= 12


@pytest.mark.parametrize("address", ["/leads/", "/pool/"])
def test_asking_by_owner_shows_what_one_may_see_and_no_more(
    browse: Browse, cast: SimpleNamespace, address: str
) -> None:
    """However the list goes about it: alone, with others, with those of nobody, in the pool."""
    for owner in (cast.alice, cast.bob, cast.charlie):
        scene.leads_of(owner, 2)
    scene.leads_in_pool(2)
    people = (cast.alice, cast.bob, cast.charlie)
    for who in ("alice", "mona", "auditor", "admin"):
        seen = Lead.objects.visible_to(getattr(cast, who))
        seen = seen.filter(in_pool=True) if address == "/pool/" else seen
        for asked in (people[:1], people[1:2], people[2:], people[:2], people):
            ids = [person.pk for person in asked]
            for query, wanted in (
                (ids, Q(owner__in=ids)),
                ([*ids, "none"], Q(owner__in=ids) | Q(owner=None)),
            ):
                page = browse(who).get(address, {"owner": query}).content.decode()
                shown = {int(pk) for pk in re.findall(r'<tr data-href="/leads/(\d+)/"', page)}
                assert shown == set(seen.filter(wanted).values_list("pk", flat=True)), (who, query)


def test_an_empty_list_says_how_to_begin_and_a_filtered_one_how_to_go_back(browse: Browse) -> None:
    page = browse("alice").get("/leads/").content.decode()
    assert "No leads yet" in page and 'href="/leads/new/"' in page
    page = browse("alice").get("/leads/?grade=A").content.decode()
    assert "Nothing matches these filters" in page and "Clear filters" in page
    assert Pool.objects.count() == 1
    page = browse("alice").get("/leads/?in_pool=true").content.decode()
    assert "Nothing in this view" in page and "Clear filters" not in page
