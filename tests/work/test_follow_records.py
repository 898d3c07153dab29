"""Who follows a record is told what happens there: once for what happened in a pass, and only while he may see it."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.http import Http404
from django.test import Client
from django.utils import translation

from contacts.models import Customer
from contacts.services import (
    contact_create,
    customer_archive,
    customer_create,
    customer_edit,
    opportunity_create,
)
from leads.models import Lead
from leads.services import lead_archive, lead_assign, lead_merge, lead_return, lead_unmerge
from leads.services.defaults import leads_ensure_defaults
from salesflow.journal.models import Event, Notice, Seal, SealedEvent
from salesflow.journal.services import deliveries_carry, inbox
from salesflow.lib import relations
from salesflow.people.models import User
from salesflow.people.services import user_change
from salesflow.work.models import Follow, FollowFeed
from salesflow.work.services import (
    activity_log,
    followers_tell,
    handover_start,
    note_add,
    record_follow,
    record_unfollow,
    task_create,
)
from tests.leads.cast import lead_of
from tests.support.races import Meeting, at_once

Browse = Callable[..., Client]
KINDS = ("work.followed_changed", "work.followed_many")


def fresh(person: User) -> User:
    """As the next request meets him."""
    return User.objects.get(pk=person.pk)


@pytest.fixture
def customer(cast: SimpleNamespace) -> Customer:
    return customer_create(by=fresh(cast.alice), values={"name": "Arbor"})


def followed(subject: Any, *people: User) -> None:
    """Since a while ago: in a test all that happens has the same moment."""
    for person in people:
        record_follow(subject=subject, by=fresh(person))
    Follow.objects.update(since=Now() - timedelta(minutes=1))


def tell() -> int:
    """Seal what happened, as the sealer does once its transaction is over, and let a pass run."""
    events = list(Event.objects.filter(sealed=None).order_by("pk"))
    if events:
        made = Seal.objects.create(last_event_id=events[-1].pk, events=len(events), hash="")
        SealedEvent.objects.bulk_create(SealedEvent(event=event, seal=made) for event in events)
    return followers_tell()


def told(person: User) -> list[str]:
    rows = Notice.objects.filter(user=person, kind__in=KINDS).values_list("pk", flat=True)
    lines = inbox(user=fresh(person)).unread
    return [f"{line.text} | {line.about}" for line in lines if line.id in set(rows)]


@pytest.mark.django_db
def test_a_follower_is_told_once_of_all_that_happened(cast: Any, customer: Customer) -> None:
    followed(customer, cast.mona, cast.alice)
    note_add(subject=customer, by=fresh(cast.alice), body="Likes tea")
    note_add(subject=customer, by=fresh(cast.alice), body="Likes coffee")
    customer_edit(customer=customer, by=fresh(cast.alice), values={"city": "Ulm"})
    customer_edit(customer=customer, by=fresh(cast.mona), values={"owner": cast.bob})
    assert tell() == 1 and tell() == 0
    assert told(cast.mona) == ["Followed record: Note added (Alice) | Arbor"]
    # Alice wrote the notes, and the customer has left her sight
    assert told(cast.alice) == []
    FollowFeed.objects.update(seal_id=0)  # as if the pass had been taken back half-way
    followers_tell()
    assert len(told(cast.mona)) == 1


@pytest.mark.django_db
def test_that_a_lead_was_archived_is_told_too(cast: Any) -> None:
    lead = lead_of(cast.alice, company_name="Arbor", contact_name="")
    followed(lead, cast.mona)
    lead_archive(lead=lead, by=fresh(cast.alice))
    assert tell() == 1
    (line,) = inbox(user=fresh(cast.mona)).unread
    assert line.about == "Arbor" and line.url == lead.get_absolute_url()


@pytest.mark.django_db
def test_an_owner_change_is_told_in_the_readers_words(cast: Any, customer: Customer) -> None:
    followed(customer, cast.dora)
    customer_edit(customer=customer, by=fresh(cast.mona), values={"owner": cast.bob})
    tell()
    assert told(cast.dora) == ["Followed record: Details changed: owner (Mona) | Arbor"]
    with translation.override("zh-hans"):
        assert told(cast.dora) == ["关注的记录：详情已修改：负责人 (Mona) | Arbor"]


@pytest.mark.django_db
def test_whom_a_deed_names_as_owner_is_not_told_twice(cast: Any) -> None:
    leads_ensure_defaults()
    lead = lead_of(cast.alice)
    followed(lead, cast.alice, cast.mona, cast.admin)
    tell()
    Notice.objects.all().delete()
    lead_return(lead=lead, by=fresh(cast.mona), reason="no_time")
    tell()
    assert told(cast.alice) == [] and told(cast.mona) == []
    assert told(cast.admin) == ["Followed record: Returned to the public pool (Mona) | Arbor Medical"]
    lead_assign(lead=Lead.objects.get(), by=fresh(cast.admin), owner=cast.alice)
    tell()
    assert told(cast.alice) == [] and "Assigned to Alice (Admin)" in told(cast.mona)[0]


@pytest.mark.django_db
def test_of_many_records_one_is_told_the_number(cast: Any, customer: Customer) -> None:
    for number in range(6):
        made = customer_create(by=fresh(cast.alice), values={"name": f"Company {number} Ltd"})
        followed(made, cast.mona)
        note_add(subject=made, by=fresh(cast.alice), body="x")
    tell()
    assert told(cast.mona) == ["Records you follow on which something happened: 6 | "]
    assert inbox(user=fresh(cast.mona)).unread[0].url == "/following/"


@pytest.mark.django_db
def test_a_call_and_a_file_matter_and_a_task_does_not(cast: Any, customer: Customer) -> None:
    followed(customer, cast.mona)
    alice = fresh(cast.alice)
    task_create(by=alice, assignee=alice, title="Call", subject=customer)
    assert tell() == 0
    activity_log(subject=customer, by=alice, channel="call", direction="outbound", summary="x")
    tell()
    assert told(cast.mona) == ["Followed record: Activity logged (Alice) | Arbor"]


@pytest.mark.django_db
def test_who_writes_follows_unless_he_does_not_want_to(
    browse: Browse, cast: Any, customer: Customer, call: Any
) -> None:
    note = {"subject_type": "customer", "subject_id": customer.pk, "body": "x"}
    assert call("alice").patch(f"users/{cast.alice.pk}/", {"follows_written": False}).status_code == 200
    call("alice").post("notes/", note)
    assert not Follow.objects.exists()
    page = browse("alice").get("/profile/").content.decode()
    assert 'name="follows_written"' in page
    profile = {"name": "Alice", "theme": "system", "follows_written": "on"}
    assert browse("alice").post("/profile/", profile).status_code == 302
    assert call("alice").get("me/").json()["follows_written"] is True
    call("alice").post("notes/", note)
    call("alice").post("notes/", note)
    assert Follow.objects.get().user == cast.alice


@pytest.mark.django_db
def test_the_page_follows_and_shows_who_does(browse: Browse, cast: Any, customer: Customer) -> None:
    named = {"subject_type": "contacts.customer", "subject_id": customer.pk}
    mona, url = browse("mona"), customer.get_absolute_url()
    assert mona.post("/follow/", named)["Location"] == url
    mona.post("/follow/", named)
    page = mona.get(url).content.decode()
    assert 'action="/unfollow/"' in page and "1 follower" in page
    assert 'action="/follow/"' in browse("alice").get(url).content.decode()
    assert "Arbor" in mona.get("/following/").content.decode()
    assert "Arbor" in mona.get("/customers/?followed=true").content.decode()
    assert "Arbor" not in browse("alice").get("/customers/?followed=true").content.decode()
    assert mona.get("/following/?subject_type=leads.lead").content.decode().count("Arbor") == 0
    assert browse("charlie").post("/follow/", named).status_code == 404
    for wrong in ({**named, "subject_id": "x"}, {**named, "subject_type": "moon"}):
        assert mona.post("/follow/", wrong).status_code == 404
    assert mona.post("/unfollow/", named)["Location"] == url
    assert not Follow.objects.exists()


@pytest.mark.django_db
def test_an_archived_record_stays_listed_and_can_be_left(browse: Browse, cast: Any, call: Any) -> None:
    lead = lead_of(cast.alice, company_name="Arbor", contact_name="")
    named = {"subject_type": "leads.lead", "subject_id": lead.pk}
    followed(lead, cast.mona, cast.alice)
    mona, url = browse("mona"), lead.get_absolute_url()
    assert "Archived" not in mona.get("/following/").content.decode()
    lead_archive(lead=lead, by=fresh(cast.alice))
    page = mona.get("/following/").content.decode()
    assert "Arbor" in page and "Archived" in page and f'href="{url}"' in page
    assert 'action="/unfollow/"' in mona.get(url).content.decode()
    assert mona.post("/unfollow/", named)["Location"] == url
    assert "Arbor" not in mona.get("/following/").content.decode()
    # it is left for good: an archived record is not offered to be followed
    assert 'action="/follow/"' not in mona.get(url).content.decode()
    assert mona.post("/follow/", named).status_code == 404
    assert call("mona").post(f"leads/{lead.pk}/follow/").status_code == 404
    assert call("alice").post(f"leads/{lead.pk}/unfollow/").status_code == 200
    assert not Follow.objects.exists()
    customer = customer_create(by=fresh(cast.alice), values={"name": "Kestrel"})
    customer_archive(customer=customer, by=fresh(cast.mona))
    with pytest.raises(Http404):
        record_follow(subject=customer, by=fresh(cast.mona))


@pytest.mark.django_db
def test_who_sees_an_archived_record_no_more_does_not_find_it_listed(browse: Browse, cast: Any) -> None:
    lead = lead_of(cast.alice, company_name="Arbor", contact_name="")
    followed(lead, cast.alice)
    lead_archive(lead=lead, by=fresh(cast.alice))
    Lead.objects.filter(pk=lead.pk).update(owner=cast.bob)
    alice = browse("alice")
    assert "Arbor" not in alice.get("/following/").content.decode()
    named = {"subject_type": "leads.lead", "subject_id": lead.pk}
    assert alice.post("/unfollow/", named).status_code == 404


@pytest.mark.django_db
def test_every_kind_is_followed_over_rest(cast: Any, customer: Customer, call: Any) -> None:
    leads_ensure_defaults()
    alice = fresh(cast.alice)
    records = {
        "customers": customer,
        "contacts": contact_create(customer=customer, by=alice, values={"name": "Kim"}),
        "opportunities": opportunity_create(customer=customer, by=alice, values={"name": "200 seats"}),
        "leads": lead_of(alice),
    }
    mona, charlie = call("mona"), call("charlie")
    for resource, record in records.items():
        base = f"{resource}/{record.pk}"
        assert charlie.post(f"{base}/follow/").status_code == 404
        answer = mona.post(f"{base}/follow/")
        assert (answer.status_code, answer.json()["id"]) == (200, record.pk)
        mona.post(f"{base}/follow/")
        known = {"count": 1, "following": True, "followers": [{"id": cast.mona.pk, "name": "Mona"}]}
        assert mona.get(f"{base}/followers/").json() == known
        assert call("alice").get(f"{base}/followers/").json()["following"] is False
        assert mona.get(f"{resource}/count/?followed=true").json() == {"count": 1}
        assert mona.get(f"{resource}/count/?followed=false").json() == {"count": 0}
        assert mona.post(f"{base}/unfollow/").status_code == 200
    assert not Follow.objects.exists()


@pytest.mark.django_db
def test_only_what_one_sees_and_what_can_be_followed(cast: Any, customer: Customer) -> None:
    with pytest.raises(Http404):
        record_follow(subject=customer, by=fresh(cast.charlie))
    alice = fresh(cast.alice)
    with pytest.raises(ValidationError):
        record_follow(subject=task_create(by=alice, assignee=alice, title="x"), by=alice)
    record_unfollow(subject=customer, by=alice)


@pytest.mark.django_db
def test_a_leaver_follows_nothing_and_a_mover_not_what_he_handed_over(cast: Any, customer: Customer) -> None:
    other = customer_create(by=fresh(cast.bob), values={"name": "Kestrel"})
    followed(customer, cast.alice, cast.mona)
    record_follow(subject=other, by=fresh(cast.mona))
    handover_start(person=fresh(cast.alice), by=fresh(cast.mona), to=[(cast.bob.pk, 1)])
    assert set(Follow.objects.values_list("user", "subject_id")) == {
        (cast.mona.pk, customer.pk),
        (cast.mona.pk, other.pk),
    }
    user_change(user=cast.mona, by=None, is_active=False)
    deliveries_carry()
    assert not Follow.objects.exists()


@pytest.mark.django_db
def test_followers_go_along_with_a_merge_and_come_back(cast: Any) -> None:
    leads_ensure_defaults()
    kept, lost = lead_of(cast.alice), lead_of(cast.bob, company_name="Arbor")
    followed(lost, cast.mona, cast.dora)
    followed(kept, cast.mona)
    before = set(Follow.objects.values_list("user", "subject_id"))
    merge = lead_merge(lead=kept, duplicate=lost, by=fresh(cast.mona))
    assert set(Follow.objects.filter(subject_id=kept.pk).values_list("user", flat=True)) == {
        cast.mona.pk,
        cast.dora.pk,
    }
    lead_unmerge(merge=merge, by=fresh(cast.mona))
    assert set(Follow.objects.values_list("user", "subject_id")) == before


@pytest.mark.django_db(transaction=True)
def test_who_follows_while_the_lead_is_merged_waits_for_the_end(cast: Any, monkeypatch: Any) -> None:
    leads_ensure_defaults()
    kept, lost = lead_of(cast.alice), lead_of(cast.bob, company_name="Arbor")
    record_follow(subject=lost, by=fresh(cast.mona))
    between, after = Meeting(), Meeting(seconds=0.4)
    chosen = relations.Relation.rows_for

    def rows_for(self: relations.Relation, *args: Any, **values: Any) -> Any:
        rows = chosen(self, *args, **values)
        if self.table == "work.follow":
            rows = Follow.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
            between()
            after()
        return rows

    def follow() -> None:
        between()
        record_follow(subject=kept, by=fresh(cast.mona))
        after()

    monkeypatch.setattr(relations.Relation, "rows_for", rows_for)
    results = at_once(lambda: lead_merge(lead=kept, duplicate=lost, by=fresh(cast.mona)), follow)
    assert not any(isinstance(result, Exception) for result in results), results
    assert set(Follow.objects.filter(subject_id=kept.pk).values_list("user", flat=True)) == {cast.mona.pk}
