"""One's calendar in other programs: an address that is a secret, what stands there, and its end."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from leads.models import Lead
from salesflow.journal.models import Event, EventPrivate
from salesflow.people.models import User
from salesflow.work.models import CalendarFeed
from salesflow.work.services import feed_make, task_change, task_create, task_done
from tests.leads.cast import lead_of

Browse = Callable[..., Client]
pytestmark = pytest.mark.django_db


def address_of(user: User) -> str:
    return f"/calendar/feed/{feed_make(by=user)}/salesflow.ics"


def events(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    return {str(event["uid"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def planned(user: User, title: str = "Ring Wang", days: int = 1) -> Any:
    due_at = timezone.now().replace(microsecond=0) + timedelta(days=days)
    return task_create(by=None, assignee=user, title=title, due_at=due_at)


def test_the_address_is_told_once_and_kept_as_a_digest(cast: SimpleNamespace, browse: Browse) -> None:
    client = browse("alice")
    assert "salesflow.ics" not in client.get("/calendar/feed/").content.decode()
    address = client.post("/calendar/feed/").context["address"]
    secret = address.split("/")[-2]
    assert len(secret) > 40
    assert "salesflow.ics" not in client.get("/calendar/feed/").content.decode()
    assert secret not in str(CalendarFeed.objects.values().get())
    kept = [
        *Event.objects.values_list("data", flat=True),
        *EventPrivate.objects.values_list("data", flat=True),
    ]
    assert secret not in str(kept)
    assert Client().get(address).status_code == 200


def test_what_one_has_to_do_stands_there_by_stable_names(cast: SimpleNamespace) -> None:
    task, lead = planned(cast.alice, "Ring Wang, at noon; 王"), lead_of(cast.alice)
    planned(cast.bob, "Bob's")
    planned(cast.alice, "long ago", days=-31)
    planned(cast.alice, "far ahead", days=181)
    task_done(task=planned(cast.alice, "over"), by=cast.alice)
    address = address_of(cast.alice)
    answer = Client().get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = events(answer)
    assert set(found) == {f"task-{task.pk}@testserver", f"first_contact-{lead.pk}@testserver"}
    event = found[f"task-{task.pk}@testserver"]
    assert event["summary"] == "Ring Wang, at noon; 王"
    assert event["dtstart"].dt == task.due_at
    assert event["url"] == f"http://testserver{task.get_absolute_url()}"
    assert event["sequence"] == 0
    task_change(task=task, by=cast.alice, due_at=task.due_at + timedelta(hours=1))
    moved = events(Client().get(address))[f"task-{task.pk}@testserver"]
    assert (moved["sequence"], moved["dtstart"].dt) == (1, task.due_at + timedelta(hours=1))


def test_nothing_is_sent_again_that_the_other_has(cast: SimpleNamespace) -> None:
    planned(cast.alice)
    address, client = address_of(cast.alice), Client()
    first = client.get(address)
    same = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    planned(cast.alice, "another")
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_only_what_the_person_may_see_now_is_told(cast: SimpleNamespace) -> None:
    lead, address = lead_of(cast.alice), address_of(cast.alice)
    assert len(events(Client().get(address))) == 1
    Lead.objects.filter(pk=lead.pk).update(owner=cast.bob)
    assert events(Client().get(address)) == {}


def test_an_ended_a_replaced_and_a_blocked_address_are_not_there(
    cast: SimpleNamespace, browse: Browse
) -> None:
    old = address_of(cast.alice)
    new = address_of(cast.alice)
    stranger = Client()
    assert [stranger.get(each).status_code for each in (old, new)] == [404, 200]
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    assert stranger.get(new).status_code == 404
    User.objects.filter(pk=cast.alice.pk).update(is_active=True)
    assert stranger.get(new).status_code == 200
    client = browse("alice")
    for _twice in range(2):
        assert client.post("/calendar/feed/end/").status_code == 302
    assert stranger.get(new).status_code == 404
    kinds = Event.objects.filter(subject_type="people.user", kind__startswith="work.feed").order_by("pk")
    assert [event.kind.rpartition("_")[2] for event in kinds] == ["made", "made", "ended"]


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "王"])
def test_a_guess_is_not_there(db: None, token: str) -> None:
    assert Client().get(f"/calendar/feed/{token}/salesflow.ics").status_code == 404


def test_no_log_holds_the_secret(cast: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    address = address_of(cast.alice)
    with caplog.at_level("INFO"):
        Client().get(address)
    assert "/calendar/feed/·/salesflow.ics" in caplog.text
    assert address.split("/")[3] not in caplog.text


def test_a_title_cannot_begin_a_line_of_its_own(cast: SimpleNamespace) -> None:
    planned(cast.alice, "x\r\nATTENDEE:mailto:eve@example.com\nEND:VEVENT")
    answer = Client().get(address_of(cast.alice))
    (event,) = events(answer).values()
    assert "attendee" not in event
    assert b"\r\nATTENDEE" not in answer.content


def test_one_who_reads_without_end_is_told_to_wait(cast: SimpleNamespace, monkeypatch: Any) -> None:
    monkeypatch.setattr("salesflow.work.views.feeds.READS", 2)
    address, client = address_of(cast.alice), Client()
    assert [client.get(address).status_code for _each in range(3)] == [200, 200, 429]
