"""Leads that may be one: found by comparing all with all, listed for who sees both, decided once."""

import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.models import DuplicatePair, DuplicateSearch, Lead
from leads.services import lead_create, lead_merge
from leads.services.pairs import duplicates_find, search_ask, search_sweep
from salesflow.people.models import User
from tests.api.conftest import caller_of
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona() -> User:
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona: User) -> User:
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def eve() -> User:
    return cast.person("eve")


def entered(owner: User, **values: object) -> Lead:
    return lead_create(by=None, values=values, owner=owner, allow_duplicate=True)


def crowd(owner: User) -> None:
    """Enough others for a company and a city to mean something."""
    places = ("Ulm", "Bonn", "Kiel", "Graz", "Lyon")
    names = "Anton Berta Caesar Dora Emil Frida Gustav Hanna Ida Julius Klara Ludwig".split()
    for number, name in enumerate(names):
        entered(
            owner, company_name=f"{name} Werke {number}", contact_name=f"{name} Muster{number}",
            city=places[number % 5], email=f"{name}@werk{number}.test".lower(),
        )  # fmt: skip


def found() -> set[tuple[int, int, str]]:
    return set(DuplicatePair.objects.values_list("first_id", "second_id", "reason"))


def test_equal_keys_and_mistyped_names_are_found_and_mere_neighbours_are_not(ann: User) -> None:
    crowd(ann)
    one = entered(
        ann, company_name="Arbor Medical", contact_name="Kim Lee", city="Trier", email="kim@arbor.test"
    )
    other = entered(
        ann, company_name="Arbor Medcial", contact_name="Kim Lee", city="Trier", email="lee@web.test"
    )
    mail = entered(ann, company_name="Quite Another", email="kim@arbor.test")
    entered(
        ann, company_name="Arbor Medical", contact_name="Otto Weber", city="Trier", email="otto@arbor.test"
    )
    searched = duplicates_find(now=True)
    assert searched is not None and searched.leads == 16 and searched.found == 2
    assert found() == {(one.pk, other.pk, "similar"), (one.pk, mail.pk, "email")}
    pair = DuplicatePair.objects.get(reason="similar")
    assert (
        50 <= pair.score < 100 and pair.parts["contact_name"] == 100 and 0 < pair.parts["company_name"] < 100
    )


def test_chinese_names_of_one_sound_are_found(ann: User) -> None:
    crowd(ann)
    one = entered(ann, company_name="上海明远科技有限公司", contact_name="张伟", city="上海")
    other = entered(ann, company_name="明远科技股份公司", contact_name="张玮", city="上海市")
    duplicates_find(now=True)
    assert found() == {(one.pk, other.pk, "similar")}


def test_what_a_person_decided_stays_decided_and_what_is_no_more_alike_goes(ann: User) -> None:
    one, other = (entered(ann, company_name=f"C{n}", email="kim@arbor.test") for n in (1, 2))
    third = entered(ann, company_name="C3", email="lee@arbor.test", phone="13800138000")
    fourth = entered(ann, company_name="C4", phone="13800138000")
    duplicates_find(now=True)
    pair = DuplicatePair.objects.get(first=one)
    said = caller_of(ann).post(f"duplicate-pairs/{pair.pk}/keep-apart/")
    assert (said.status_code, said.json()["state"], said.json()["decided_by"]) == (200, "apart", ann.pk)
    Lead.objects.filter(pk=fourth.pk).update(phone="", phone_keys=[])
    duplicates_find(now=True)
    kept = DuplicatePair.objects.get()
    assert (kept.pk, kept.state) == (pair.pk, "apart")
    assert caller_of(ann).get(f"leads/{one.pk}/duplicates/").json()["duplicates"] == []
    assert caller_of(ann).post(f"duplicate-pairs/{pair.pk}/reopen/").json()["state"] == "open"
    again = caller_of(ann).post(f"duplicate-pairs/{pair.pk}/reopen/")
    assert (again.status_code, again.json()["code"]) == (409, "not_decided")
    assert caller_of(ann).get(f"leads/{one.pk}/duplicates/").json()["duplicates"][0]["id"] == other.pk
    assert third.pk != one.pk


def test_a_pair_is_seen_by_who_sees_both_leads(ann: User, eve: User, mona: User) -> None:
    entered(ann, company_name="C1", email="kim@arbor.test")
    entered(eve, company_name="C2", email="kim@arbor.test")
    duplicates_find(now=True)
    pair = DuplicatePair.objects.get()
    for person, seen in ((ann, 0), (eve, 0), (mona, 0), (cast.person("root", "admin"), 1)):
        assert caller_of(person).get("duplicate-pairs/count/").json()["count"] == seen
        assert caller_of(person).get(f"duplicate-pairs/{pair.pk}/").status_code == (200 if seen else 404)


def test_merged_over_rest_a_pair_leaves_the_list(ann: User) -> None:
    one, other = (entered(ann, company_name=f"C{n}", email="kim@arbor.test", city=f"T{n}") for n in (1, 2))
    duplicates_find(now=True)
    pair, speak = DuplicatePair.objects.get(), caller_of(ann)
    assert speak.post(f"duplicate-pairs/{pair.pk}/merge/", {"keep": 10**9}).status_code == 400
    said = speak.post(
        f"duplicate-pairs/{pair.pk}/merge/", {"keep": other.pk, "fields": {"city": "duplicate"}}
    )
    assert said.status_code == 200
    assert (cast.fresh(one).merged_into_id, cast.fresh(other).city) == (other.pk, "T1")
    assert speak.get("duplicate-pairs/").json()["results"] == []


def test_the_list_narrows_by_state_reason_owner_and_likeness(ann: User) -> None:
    entered(ann, company_name="C1", email="kim@arbor.test")
    entered(ann, company_name="C2", email="kim@arbor.test")
    duplicates_find(now=True)
    speak = caller_of(ann)
    for words, count in (
        ("state=open", 1), ("state=apart", 0), ("reason=email", 1), ("reason=similar", 0), ("owner=me", 1),
        ("score_min=100", 1), ("score_max=99", 0), (f"lead={Lead.objects.latest('pk').pk}", 1), ("lead=1", 0),
    ):  # fmt: skip
        assert speak.get(f"duplicate-pairs/count/?{words}").json()["count"] == count, words


def test_managers_ask_for_a_search_and_reps_may_not(ann: User, mona: User) -> None:
    assert caller_of(ann).post("duplicate-pairs/search/").status_code == 403
    said = caller_of(mona).post("duplicate-pairs/search/")
    assert said.status_code == 202 and said.json()["started_at"] is None
    assert duplicates_find() is not None and duplicates_find() is None
    waiting = DuplicateSearch.objects.get(finished_at=None)
    assert waiting.due_at > DuplicateSearch.objects.get(finished_at__isnull=False).finished_at


def test_without_a_worker_the_sweep_does_what_is_due_for_long(ann: User) -> None:
    entered(ann, company_name="C1", email="kim@arbor.test")
    entered(ann, company_name="C2", email="kim@arbor.test")
    search = search_ask(by=None)
    assert search_sweep() == {"processed": 0} and not found()
    DuplicateSearch.objects.filter(pk=search.pk).update(due_at="2026-01-01T00:00Z")
    assert search_sweep() == {"processed": 1} and len(found()) == 1


def test_only_one_process_searches_and_one_that_vanished_is_followed(ann: User) -> None:
    search = search_ask(by=None)
    DuplicateSearch.objects.filter(pk=search.pk).update(started_at=cast.database_now())
    assert duplicates_find() is None
    DuplicateSearch.objects.filter(pk=search.pk).update(started_at="2026-01-01T00:00Z")
    assert duplicates_find() is not None


def test_the_command_answers_in_figures(ann: User, capsys: pytest.CaptureFixture[str]) -> None:
    entered(ann, company_name="C1", email="kim@arbor.test")
    entered(ann, company_name="C2", email="kim@arbor.test")
    call_command("find_duplicates", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["leads"], told["found"]) == (2, 1)


def test_a_crowd_with_one_key_is_paired_with_its_oldest(ann: User) -> None:
    leads = [entered(ann, company_name=f"C{n}", email="info@arbor.test") for n in range(22)]
    duplicates_find(now=True)
    assert {first for first, _second, _reason in found()} == {leads[0].pk}


def test_pages_show_merge_undo_and_keep_apart(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    one = entered(
        ann, company_name="Arbor", contact_name="Kim", email="kim@arbor.test", city="Ulm", tags=["a"]
    )
    other = entered(
        ann, company_name="Arbor", contact_name="Kim", email="kim@arbor.test", city="Bonn", tags=["b"]
    )
    duplicates_find(now=True)
    page = client.get("/leads/duplicates/?state=open").content.decode()
    assert f"/leads/{one.pk}/compare/?with={other.pk}" in page
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/leads/{one.pk}/compare/?with={other.pk}").content.decode()
    assert len(asked) <= 24
    assert 'name="field-city" value="duplicate"' in page and 'name="field-email"' not in page
    answer = client.post(f"/leads/{one.pk}/compare/", {"with": other.pk, "field-city": "duplicate"})
    assert answer["Location"] == f"/leads/{one.pk}/"
    assert (cast.fresh(one).city, cast.fresh(one).tags) == ("Bonn", ["a", "b"])
    assert f'action="/leads/{one.pk}/unmerge/"' in client.get(f"/leads/{one.pk}/").content.decode()
    assert client.get(f"/leads/{other.pk}/")["Location"] == f"/leads/{one.pk}/"
    client.post(f"/leads/{one.pk}/unmerge/", {"duplicate": other.pk})
    assert (cast.fresh(one).city, cast.fresh(other).merged_into_id) == ("Ulm", None)
    client.post(f"/leads/{one.pk}/keep-apart/", {"with": other.pk})
    assert DuplicatePair.objects.get().state == "apart"
    assert f"/compare/?with={other.pk}" not in client.get(f"/leads/{one.pk}/").content.decode()
    client.post(f"/leads/{one.pk}/compare-again/?with={other.pk}")
    assert DuplicatePair.objects.get().state == "open"


def test_who_works_through_the_list_goes_on_to_the_next_pair(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    pairs = []
    for mail in ("kim@arbor.test", "lee@web.test"):
        pairs.append([entered(ann, company_name=f"C {mail} {n}", email=mail) for n in range(2)])
    duplicates_find(now=True)
    (one, other), (three, four) = pairs[1], pairs[0]
    answer = client.post(f"/leads/{one.pk}/keep-apart/", {"with": other.pk, "queue": "1"})
    assert answer["Location"] == f"/leads/{three.pk}/compare/?with={four.pk}&queue"
    answer = client.post(f"/leads/{three.pk}/compare/", {"with": four.pk, "queue": "1"})
    assert answer["Location"] == "/leads/duplicates/"


def test_what_cannot_be_compared_is_told(ann: User, eve: User) -> None:
    client = Client()
    client.force_login(ann)
    one, hidden = entered(ann, company_name="Arbor"), entered(eve, company_name="Arbor")
    for words, status in (
        ("", 302), ("with=", 400), ("with=x", 400), (f"with={one.pk}", 400), (f"with={hidden.pk}", 404),
        (f"with={'9' * 30}", 400),
    ):  # fmt: skip
        assert client.get(f"/leads/{one.pk}/compare/?{words}").status_code == status, words


def test_a_merged_lead_is_compared_no_more(ann: User) -> None:
    one, other = (entered(ann, company_name=f"C{n}", email="kim@arbor.test") for n in (1, 2))
    lead_merge(lead=one, duplicate=other, by=ann)
    assert duplicates_find(now=True).found == 0  # type: ignore[union-attr]
