"""The ledger of fairness: what each rule gave to whom, beside what its weights promise; and a trial in the browser."""

import pytest
from django.test import Client

from leads.services import lead_create
from salesflow.people.models import User
from tests.api.conftest import caller_of
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona() -> User:
    return cast.person("mona", "manager")


@pytest.fixture
def reps(mona: User) -> tuple[User, User]:
    team = cast.team("East", mona)
    return cast.person("ann", team=team, weight=3), cast.person("bob", team=team, weight=1)


def test_shares_meet_what_the_weights_promise(mona: User, reps: tuple[User, User]) -> None:
    ann, bob = reps
    rule = cast.rule(members=[{"user": ann}, {"user": bob}])
    for number in range(8):
        lead_create(by=None, values={"company_name": f"C{number}"})
    said = caller_of(mona).get(f"assignment-rules/{rule.pk}/ledger/")
    assert said.status_code == 200 and said.json()["given"] == 8
    lines = {line["user"]: line for line in said.json()["lines"]}
    assert [lines[each.pk]["given"] for each in reps] == [6, 2]
    assert [lines[each.pk]["share"] for each in reps] == [0.75, 0.25]
    assert [lines[each.pk]["fair_share"] for each in reps] == [0.75, 0.25]
    assert sum(line["credit"] for line in lines.values()) == 0


def test_only_the_time_that_is_asked_for_counts(mona: User, reps: tuple[User, User]) -> None:
    rule = cast.rule(members=[{"user": reps[0]}])
    lead_create(by=None, values={"company_name": "C"})
    speak = caller_of(mona)
    assert speak.get(f"assignment-rules/{rule.pk}/ledger/?to=2020-01-01").json()["given"] == 0
    assert speak.get(f"assignment-rules/{rule.pk}/ledger/?from=2020-01-01").json()["given"] == 1
    assert speak.get(f"assignment-rules/{rule.pk}/ledger/?from=moon").status_code == 400
    assert caller_of(reps[0]).get(f"assignment-rules/{rule.pk}/ledger/").status_code == 404


def test_a_manager_reads_of_his_own_people(mona: User, reps: tuple[User, User]) -> None:
    far = cast.person("far", team=cast.team("West"))
    rule = cast.rule(members=[{"user": reps[0]}, {"user": far}])
    for number in range(8):
        lead_create(by=None, values={"company_name": f"C{number}"})
    said = caller_of(mona).get(f"assignment-rules/{rule.pk}/ledger/").json()
    assert said["given"] == 8 and [line["user"] for line in said["lines"]] == [reps[0].pk]


def test_the_page_shows_the_ledger_and_tries_the_rules(mona: User, reps: tuple[User, User]) -> None:
    pool = cast.default_pool(members=list(reps), managers=[mona])
    lead_create(by=None, values={"company_name": "C"}, assignment="pool")
    cast.rule(name="East first", members=[{"user": reps[0]}])
    lead_create(by=None, values={"company_name": "D"})
    client = Client()
    client.force_login(mona)
    page = client.get("/assignment/?days=7").content.decode()
    assert "East first" in page and "ann" in page
    page = client.get(f"/assignment/?pool={pool.pk}&number=5").content.decode()
    assert ">C</a>" in page and "Next in turn, by weight" in page
    assert client.get("/assignment/?pool=99999999&number=x").status_code == 200
    client.force_login(reps[0])
    assert client.get("/assignment/").status_code == 403
