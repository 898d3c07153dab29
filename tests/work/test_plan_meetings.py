"""Meetings: planned on a record, changed, called off, and what the guest is told of each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.outbox.models import Mail
from salesflow.people.models import User
from salesflow.work.models import Meeting
from salesflow.work.services import (
    feed_make,
    meeting_cancel,
    meeting_change,
    meeting_file,
    meeting_invite,
    meeting_plan,
)
from tests.api.conftest import Caller, codes
from tests.leads.cast import lead_of

Browse = Callable[..., Client]
Call = Callable[..., Caller]
START = datetime(2030, 5, 14, 6, tzinfo=UTC)
TYPED = {"title": "Show the lab", "starts_at": "2030-05-14T14:00"}

pytestmark = pytest.mark.django_db


def meeting_of(user: User, **values: Any) -> Meeting:
    known = {"title": "Show the lab", "starts_at": START, "ends_at": START + timedelta(hours=1)}
    return meeting_plan(by=user, **{**known, "guest_email": "wang@example.com", **values})


def mailed() -> list[tuple[str, Any, Any]]:
    """Recipient, method and event of each mail, in order."""
    found = []
    for mail in Mail.objects.order_by("pk"):
        calendar = Calendar.from_ical(mail.calendar)
        found.append((mail.to, str(calendar["method"]), calendar.walk("VEVENT")[0]))
    return found


def test_a_meeting_is_planned_on_a_lead_with_its_person_as_guest(
    cast: SimpleNamespace, browse: Browse
) -> None:
    lead = lead_of(cast.alice, contact_name="Wang Lei", email="wang@example.com")
    client, address = browse("alice"), f"/meetings/new/?on=leads.lead:{lead.pk}"
    form = client.get(address).context["form"]
    assert (form.initial["guest_name"], form.initial["guest_email"]) == ("Wang Lei", "wang@example.com")
    assert client.post(address, {**TYPED, "guest_email": "wang@example.com"}).status_code == 302
    meeting = Meeting.objects.get()
    assert (meeting.subject_type, meeting.subject_id, meeting.organiser) == (
        "leads.lead", lead.pk, cast.alice,
    )  # fmt: skip
    assert (meeting.starts_at, meeting.ends_at) == (START, START + timedelta(hours=1))  # Shanghai, an hour
    assert not Mail.objects.exists()
    assert "Meeting planned" in client.get(lead.get_absolute_url()).content.decode()
    day = client.get("/calendar/?view=day&on=2030-05-14").context["calendar"].days[0]
    assert [(entry.kind, entry.title) for entry in day.entries] == [("meeting", "Show the lab")]


def test_the_guest_is_invited_once_and_told_of_changes_and_of_the_end(cast: SimpleNamespace) -> None:
    meeting = meeting_of(cast.alice)
    meeting_change(meeting=meeting, by=cast.alice, title="Show the labs")
    assert mailed() == []
    for _twice in range(2):
        meeting_invite(meeting=meeting, by=cast.alice)
    meeting_change(meeting=meeting, by=cast.alice, guest_name="Mr Wang")  # nothing he need be told
    meeting_change(meeting=meeting, by=cast.alice, starts_at=START - timedelta(hours=1))
    meeting_cancel(meeting=meeting, by=cast.alice)
    told = mailed()
    assert [(to, method, int(event["sequence"])) for to, method, event in told] == [
        ("wang@example.com", "REQUEST", 1), ("wang@example.com", "REQUEST", 2), ("wang@example.com", "CANCEL", 3),
    ]  # fmt: skip
    assert {str(event["uid"]) for _to, _method, event in told} == {str(meeting.uid)}
    assert told[1][2]["dtstart"].dt == START - timedelta(hours=1)
    assert [str(event["status"]) for _to, _method, event in told] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    first = Mail.objects.order_by("pk")[0]
    assert first.subject == "Invitation: Show the labs"
    assert "2:00" in first.text and "Asia/Shanghai" in first.text
    assert first.headers == {"Reply-To": cast.alice.email}


def test_a_mail_in_somebodys_name_ends_with_his_signature(cast: SimpleNamespace) -> None:
    meeting_invite(meeting=meeting_of(cast.alice), by=cast.alice)
    assert Mail.objects.get().text.endswith(f"\n\n{cast.alice}")
    cast.alice.signature = "Alice Liddell\n爱丽丝 · Sales"
    cast.alice.save()
    meeting_invite(meeting=meeting_of(cast.alice), by=cast.alice)
    assert Mail.objects.latest("pk").text.endswith("\n\n-- \nAlice Liddell\n爱丽丝 · Sales")


def test_another_guest_is_invited_anew_and_the_first_is_told_that_it_is_off(cast: SimpleNamespace) -> None:
    meeting = meeting_invite(meeting=meeting_of(cast.alice), by=cast.alice)
    meeting = meeting_change(meeting=meeting, by=cast.alice, guest_email="li@example.com")
    assert [(to, method) for to, method, _event in mailed()] == [
        ("wang@example.com", "REQUEST"), ("wang@example.com", "CANCEL"),
    ]  # fmt: skip
    meeting_invite(meeting=meeting, by=cast.alice)
    assert [(to, method) for to, method, _event in mailed()][2:] == [("li@example.com", "REQUEST")]


def test_the_first_guest_learns_neither_who_comes_instead_nor_what_changed(cast: SimpleNamespace) -> None:
    meeting = meeting_invite(meeting=meeting_of(cast.alice), by=cast.alice)
    changes = {
        "guest_email": "li@example.com",
        "guest_name": "Li Na",
        "title": "Talks with Li",
        "place": "Lab 9",
    }
    meeting_change(meeting=meeting, by=cast.alice, **changes)
    to, method, event = mailed()[-1]
    assert (to, method, str(event["attendee"])) == ("wang@example.com", "CANCEL", "mailto:wang@example.com")
    mail = Mail.objects.latest("pk")
    told = f"{mail.subject} {mail.text} {event.to_ical().decode()}"
    assert not [word for word in ("li@example.com", "Li Na", "Talks with Li", "Lab 9") if word in told]


def test_one_that_is_called_off_stays_so(cast: SimpleNamespace, browse: Browse) -> None:
    meeting = meeting_of(cast.alice)
    client = browse("alice")
    assert client.post(f"/meetings/{meeting.pk}/cancel/").status_code == 302
    for deed in (meeting_cancel, meeting_invite, meeting_change):
        with pytest.raises(Conflict) as refused:
            deed(meeting=meeting, by=cast.alice)
        assert refused.value.code == "invalid_transition"
    assert client.get("/calendar/?view=day&on=2030-05-14").context["calendar"].days[0].count == 0
    kinds = Event.objects.filter(subject_type="work.meeting").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["work.meeting_planned", "work.meeting_cancelled"]


def test_the_invitation_is_a_file_under_one_name_here_and_in_the_feed(
    cast: SimpleNamespace, browse: Browse
) -> None:
    soon = timezone.now().replace(microsecond=0) + timedelta(days=1)
    meeting = meeting_of(
        cast.alice, place="Lab 2", guest_name='Wang "Lei"', starts_at=soon, ends_at=soon + timedelta(hours=2)
    )
    answer = browse("alice").get(f"/meetings/{meeting.pk}/invitation.ics")
    assert answer["Content-Type"].startswith("text/calendar; method=REQUEST")
    assert "attachment" in answer["Content-Disposition"]
    event = Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert (str(event["location"]), str(event["organizer"])) == ("Lab 2", f"mailto:{cast.alice.email}")
    assert str(event["attendee"]) == "mailto:wang@example.com"
    feed = Client().get(f"/calendar/feed/{feed_make(by=cast.alice)}/salesflow.ics")
    (shown,) = Calendar.from_ical(feed.content).walk("VEVENT")
    assert str(shown["uid"]) == str(event["uid"]) == str(meeting.uid)
    assert shown["dtend"].dt == meeting.ends_at


def test_text_of_people_makes_no_lines_of_its_own(cast: SimpleNamespace) -> None:
    meeting = meeting_of(cast.alice, title="x\r\nATTENDEE:mailto:eve@example.com", guest_name='a";X=1\r\nB')
    event = Calendar.from_ical(meeting_file(meeting=meeting)).walk("VEVENT")[0]
    assert str(event["attendee"]) == "mailto:wang@example.com"
    assert b"\r\nATTENDEE:mailto:eve" not in meeting_file(meeting=meeting)
    meeting_invite(meeting=meeting, by=cast.alice)
    assert "\n" not in Mail.objects.get().subject


def test_meetings_of_others_are_out_of_sight_and_of_reach(cast: SimpleNamespace, browse: Browse) -> None:
    meeting = meeting_of(cast.alice)
    lead = lead_of(cast.alice)
    for name, status in {"bob": 404, "charlie": 404, "auditor": 403, "mona": 302}.items():
        assert browse(name).post(f"/meetings/{meeting.pk}/invite/").status_code == status, name
    assert browse("bob").get(f"/meetings/{meeting.pk}/invitation.ics").status_code == 404
    assert browse("bob").get(f"/meetings/new/?on=leads.lead:{lead.pk}").status_code == 404
    with pytest.raises(PermissionDenied):
        meeting_of(cast.bob, subject=lead)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"title": " "}, "title"), ({"title": "x" * 201}, "title"), ({"ends_at": START}, "ends_at"),
     ({"ends_at": START + timedelta(days=15)}, "ends_at"), ({"guest_email": "x"}, "guest_email"),
     ({"moon": 1}, "moon"), ({"title": "a\x00b"}, "title")],
)  # fmt: skip
def test_what_no_meeting_can_be_is_named(cast: SimpleNamespace, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        meeting_of(cast.alice, **wrong)
    assert list(refused.value.error_dict) == [field]


def test_nobody_is_invited_without_an_address(cast: SimpleNamespace) -> None:
    with pytest.raises(ValidationError):
        meeting_invite(meeting=meeting_of(cast.alice, guest_email=""), by=cast.alice)


def test_a_stale_change_shows_what_the_other_wrote(cast: SimpleNamespace, browse: Browse) -> None:
    meeting = meeting_of(cast.alice)
    typed = {**TYPED, "guest_email": "wang@example.com", "version": meeting.version}
    client = browse("alice")
    assert client.post(meeting.get_absolute_url(), {**typed, "title": "First"}).status_code == 302
    stale = client.post(meeting.get_absolute_url(), {**typed, "title": "Second"})
    assert (stale.status_code, stale.context["theirs"]) == (400, {"Title": "First"})
    again = {**typed, "title": "Second", "version": stale.context["form"].data["version"]}
    assert client.post(meeting.get_absolute_url(), again).status_code == 302
    assert Meeting.objects.get().title == "Second"


def test_meetings_over_rest(call: Call, cast: SimpleNamespace) -> None:
    lead, alice = lead_of(cast.alice), call("alice")
    body = {"title": "Show the lab", "starts_at": "2030-05-14T14:00:00+08:00",
            "ends_at": "2030-05-14T15:00:00+08:00", "guest_email": "wang@example.com",
            "subject_type": "lead", "subject_id": lead.pk}  # fmt: skip
    made = alice.post("meetings/", body)
    assert made.status_code == 201, made.content
    address = f"meetings/{made.json()['id']}/"
    assert alice.post(f"{address}invite/").json()["invited"] is True
    assert alice.patch(address, {"place": "Lab 2"}).json()["sequence"] == 1
    assert len(alice.get(f"meetings/?subject_type=lead&subject_id={lead.pk}").json()["results"]) == 1
    assert alice.post(f"{address}cancel/").json()["state"] == "cancelled"
    again = alice.post(f"{address}cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert call("bob").get(address).status_code == 404
    wrong = alice.post("meetings/", {**body, "ends_at": body["starts_at"]})
    assert codes(wrong) == [("ends_at", "invalid")]
