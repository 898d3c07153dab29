"""People named in notes and summaries are told, once, if they may see the record; the writer hears who may not."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from contacts.models import Customer
from contacts.services import customer_create
from leads.services.defaults import leads_ensure_defaults
from salesflow.journal.models import Event, Notice
from salesflow.people.models import User
from salesflow.people.services import user_create
from salesflow.work.mentions import mention_ids, mentions_drawn, mentions_plain
from salesflow.work.models import Activity, Follow, Note
from tests.api.conftest import codes
from tests.leads.cast import lead_of
from tests.leads.rest.conftest import soon

Browse = Callable[..., Client]


@pytest.fixture
def customer(cast: SimpleNamespace) -> Customer:
    return customer_create(by=User.objects.get(pk=cast.alice.pk), values={"name": "Arbor"})


def note(customer: Customer, body: str) -> dict[str, Any]:
    return {"subject_type": "customer", "subject_id": customer.pk, "body": body}


def written(customer: Customer, text: str, **values: str) -> dict[str, str]:
    named = {"subject_type": "contacts.customer", "subject_id": str(customer.pk)}
    return {**named, "channel": "note", "summary": text, **values}


def told(user: User) -> int:
    return Notice.objects.filter(user=user, kind="work.mentioned").count()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Ask @[王伟](user:7) and @[Kim](user:9), @[Kim K.](user:9)", [7, 9]),
        ("@[](user:7) @[a](user:x) @[a\nb](user:7) @(user:7) kim@arbor.test", []),
        ("@[a](user:" + "9" * 30 + ")", []),
    ],
)
def test_a_text_names_whom_its_tokens_name(text: str, ids: list[int]) -> None:
    assert mention_ids(text) == ids


def test_a_mention_is_read_and_drawn_by_the_name_of_now() -> None:
    text = "<b>@[Kim](user:9)</b>"
    assert (
        mentions_plain(text, {9: "Kim Novak"}) == "<b>@Kim Novak</b>"
        and mentions_plain(text) == "<b>@Kim</b>"
    )
    drawn = mentions_drawn(text, {9: "<i>"})
    assert drawn == '&lt;b&gt;<span class="mention">@&lt;i&gt;</span>&lt;/b&gt;'


@pytest.mark.django_db
def test_whom_a_note_names_is_told_once_and_follows(cast: Any, customer: Customer, call: Any) -> None:
    alice = call("alice")
    answer = alice.post("notes/", note(customer, "@mona please look, @alice too"))
    made = answer.json()
    assert made["body"] == f"@[Mona](user:{cast.mona.pk}) please look, @[Alice](user:{cast.alice.pk}) too"
    assert made["mentions"] == [cast.mona.pk, cast.alice.pk]
    assert (told(cast.mona), told(cast.alice)) == (1, 0)
    assert set(Follow.objects.values_list("user", flat=True)) == {cast.mona.pk, cast.alice.pk}
    assert Event.objects.get(kind="work.note_added").data["mentions"] == [cast.mona.pk, cast.alice.pk]
    path = f"notes/{made['id']}/"
    alice.patch(path, {"body": f"{made['body']}!"})
    alice.patch(path, {"body": "nobody"})
    alice.patch(path, {"body": f"@mona again, and @[x](user:{cast.dora.pk})"})
    assert (told(cast.mona), told(cast.dora)) == (1, 1)
    assert alice.get(path).json()["body"].endswith(f"@[Dora](user:{cast.dora.pk})")


@pytest.mark.django_db
def test_the_page_draws_a_chip_and_rest_reads_it_plain(
    browse: Browse, cast: Any, customer: Customer, call: Any
) -> None:
    browse("alice").post("/log/", written(customer, "@mona <b>"))
    User.objects.filter(pk=cast.mona.pk).update(name="Mona Lisa")
    page = browse("alice").get(customer.get_absolute_url()).content.decode()
    assert '<span class="mention">@Mona Lisa</span> &lt;b&gt;' in page and f"user:{cast.mona.pk}" not in page
    assert str(Note.objects.get()) == "@Mona <b>"


@pytest.mark.django_db
def test_who_cannot_see_the_record_is_told_of_before_anything_is_kept(
    browse: Browse, cast: Any, customer: Customer, call: Any
) -> None:
    answer = call("alice").post("notes/", note(customer, "@mona and @charlie"))
    assert answer.status_code == 400 and codes(answer) == [("body", "cannot_see")]
    assert "Charlie" in answer.json()["errors"][0]["message"]
    page = browse("alice").post("/log/", written(customer, "@charlie, my long text"))
    assert page.status_code == 400
    text = page.content.decode()
    assert "@charlie, my long text</textarea>" in text and "Cannot see this record: Charlie" in text
    assert not Note.objects.exists() and not Notice.objects.filter(kind="work.mentioned").exists()


@pytest.mark.django_db
def test_what_fits_nobody_or_several_stays_as_it_was_typed(cast: Any, customer: Customer, call: Any) -> None:
    for domain in ("one.test", "two.test"):
        user_create(by=None, email=f"wei@{domain}", name=f"Wei {domain}", password=None, roles=["admin"])
    text = "@wei @nobody mona@cast.test x@mona @wei@two.test. ＠mona"
    made = call("alice").post("notes/", note(customer, text)).json()
    two = User.objects.get(email="wei@two.test")
    assert made["body"] == f"@wei @nobody mona@cast.test x@mona @[Wei two.test](user:{two.pk}). ＠mona"
    unknown = call("alice").post("notes/", note(customer, "@[Ghost](user:999999)"))
    assert codes(unknown) == [("body", "unknown_person")]
    crowd = " ".join(f"@[x](user:{number})" for number in range(1, 40))
    assert codes(call("alice").post("notes/", note(customer, crowd))) == [("body", "too_many_mentions")]


@pytest.mark.django_db
def test_who_has_left_stays_named_and_is_not_named_anew(cast: Any, customer: Customer, call: Any) -> None:
    made = call("alice").post("notes/", note(customer, "@mona")).json()
    User.objects.filter(pk=cast.mona.pk).update(is_active=False)
    path = f"notes/{made['id']}/"
    assert call("alice").patch(path, {"body": f"{made['body']} thanks"}).status_code == 200
    again = call("alice").post("notes/", note(customer, made["body"]))
    assert codes(again) == [("body", "unknown_person")]


@pytest.mark.django_db
def test_summaries_of_contacts_name_people_too(cast: Any, call: Any) -> None:
    leads_ensure_defaults()
    lead = lead_of(cast.alice)
    said = {
        "channel": "call", "direction": "outbound", "outcome": "reached", "summary": "Wants a price, @mona",
        "next_follow_up_at": soon(days=2),
    }  # fmt: skip
    assert call("alice").post(f"leads/{lead.pk}/log-contact/", said).status_code == 200
    kept = Activity.objects.get()
    assert mention_ids(kept.summary) == [cast.mona.pk] and told(cast.mona) == 1
    assert call("alice").get(f"activities/{kept.pk}/").json()["mentions"] == [cast.mona.pk]
    entries = call("alice").get(f"leads/{lead.pk}/timeline/").json()["results"]
    assert "Wants a price, @Mona" in {entry["body"] for entry in entries}
    blind = call("alice").post(f"leads/{lead.pk}/log-contact/", {**said, "summary": "@charlie"})
    assert codes(blind) == [("summary", "cannot_see")] and Activity.objects.count() == 1


@pytest.mark.django_db
def test_the_list_offers_people_and_says_who_cannot_see_the_record(
    browse: Browse, cast: Any, customer: Customer
) -> None:
    user_create(by=None, email="mona@other.test", name="Another Mona", password=None, roles=["admin"])
    alice, on = browse("alice"), f"contacts.customer:{customer.pk}"
    offered = alice.get("/mentions/", {"on": on, "q": "mona"}).content.decode()
    assert 'data-typed="mona@cast.test"' in offered and 'data-typed="mona@other.test"' in offered
    offered = alice.get("/mentions/", {"on": on, "q": "char"}).content.decode()
    assert 'data-typed="charlie" aria-disabled="true"' in offered
    assert "alice" not in alice.get("/mentions/", {"on": on, "q": "alice"}).content.decode()
    assert browse("charlie").get("/mentions/", {"on": on}).status_code == 404
    assert alice.get("/mentions/", {"on": "moon:1"}).status_code == 404
    assert alice.get("/mentions/").status_code == 400
