"""What was said and what was noted, written on a record from its page, and read on its timeline."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from contacts.models import Customer
from contacts.services import customer_create, customer_edit
from salesflow.people.models import User
from salesflow.work.models import Activity, Note
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]


@pytest.fixture
def customer(cast: SimpleNamespace) -> Customer:
    alice = User.objects.get(pk=cast.alice.pk)
    return customer_create(by=alice, values={"name": "Arbor", "city": "Ulm"})


def written(customer: Customer, **values: str) -> dict[str, str]:
    named = {"subject_type": "contacts.customer", "subject_id": str(customer.pk)}
    return {**named, "channel": "note", "summary": "He likes <b>tea</b>", **values}


def test_a_note_stands_on_the_record_it_was_written_on(browse: Browse, customer: Customer) -> None:
    answer = browse("alice").post("/log/", written(customer))
    assert answer["Location"] == customer.get_absolute_url()
    assert (
        "He likes &lt;b&gt;tea&lt;/b&gt;" in browse("alice").get(customer.get_absolute_url()).content.decode()
    )
    assert not Activity.objects.exists()


def test_a_call_is_told_with_its_outcome(browse: Browse, customer: Customer) -> None:
    browse("alice").post(
        "/log/", written(customer, channel="call", outcome="no_answer", direction="outbound")
    )
    browse("alice").post("/log/", written(customer, channel="email", outcome="replied", direction="inbound"))
    page = browse("alice").get(customer.get_absolute_url()).content.decode()
    assert "Call · No answer" in page and "E-mail · Inbound · Replied" in page


def test_who_may_not_work_there_writes_nothing(browse: Browse, customer: Customer) -> None:
    for channel in ("note", "call"):
        assert browse("charlie").post("/log/", written(customer, channel=channel)).status_code == 404
        assert browse("auditor").post("/log/", written(customer, channel=channel)).status_code == 403
    assert not Note.objects.exists() and not Activity.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"summary": " "}, {"channel": "smoke"}, {"channel": "call", "outcome": "x"}, {"subject_type": "x"}],
)
def test_what_makes_no_sense_is_told_and_not_kept(
    browse: Browse, customer: Customer, wrong: dict[str, str]
) -> None:
    back = {"referer": "http://testserver/customers/"}
    answer = browse("alice").post("/log/", written(customer, **wrong), headers=back)
    assert answer.status_code == 302 and told(answer)
    for id_ in ("x", "9" * 40):
        assert browse("alice").post("/log/", written(customer, subject_id=id_)).status_code == 404
    assert not Note.objects.exists() and not Activity.objects.exists()


def test_the_timeline_shows_the_part_one_asks_for(browse: Browse, customer: Customer) -> None:
    alice, page = browse("alice"), customer.get_absolute_url()
    alice.post("/log/", written(customer))
    alice.post("/log/", written(customer, channel="visit", summary="Saw the plant"))
    shown = {
        part: alice.get(f"{page}?show={part}").content.decode().split('id="timeline"')[1]
        for part in ("", "talks", "notes", "changes", "moon")
    }
    for words, parts in (
        ("He likes", {"", "notes", "moon"}),
        ("Saw the plant", {"", "talks", "moon"}),
        ("Customer entered", {"", "changes", "moon"}),
    ):
        assert {part for part, text in shown.items() if words in text} == parts, words


def test_changes_are_told_by_the_names_of_fields_and_people(
    browse: Browse, cast: SimpleNamespace, customer: Customer
) -> None:
    mona = User.objects.get(pk=cast.mona.pk)
    customer_edit(customer=customer, by=mona, values={"city": "Bonn", "owner": cast.bob})
    page = browse("mona").get(customer.get_absolute_url()).content.decode()
    timeline = page.split('id="timeline"')[1]
    assert "City:" in timeline and "<del>Ulm</del>" in timeline and "Bonn" in timeline
    assert "Owner:" in timeline and f"<del>{cast.alice.name}</del>" in timeline and cast.bob.name in timeline
