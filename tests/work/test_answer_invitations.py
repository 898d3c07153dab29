"""Guests answer an invitation, by the link in their mail or as users; the organiser sees it and is told."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from salesflow.journal.models import Event, Notice
from salesflow.lib.errors import Conflict
from salesflow.outbox.models import Mail
from salesflow.people.models import User
from salesflow.work.models import Meeting
from salesflow.work.services import (
    feed_make,
    handover_start,
    meeting_answer,
    meeting_answer_by_link,
    meeting_answers,
    meeting_by_link,
    meeting_cancel,
    meeting_change,
    meeting_invite,
)
from salesflow.work.views import meeting_reply
from tests.api.conftest import Caller, codes
from tests.leads import cast as scene
from tests.support import races
from tests.work.test_plan_meetings import START, mailed, meeting_of

Browse = Callable[..., Client]
Call = Callable[..., Caller]

pytestmark = pytest.mark.django_db


def invited(user: User, **values: Any) -> Meeting:
    return meeting_invite(meeting=meeting_of(user, **values), by=user)


def link() -> str:
    """The path of the link in the latest mail."""
    found = re.search(r"https?://[^/\s]+(/m/\S+/)", Mail.objects.latest("pk").text)
    assert found is not None
    return found[1]


def said(meeting: Meeting) -> tuple[str, str]:
    meeting = scene.fresh(meeting)
    return meeting.answer, meeting.answer_note


def told(user: User) -> list[str]:
    notices = Notice.objects.filter(user=user, kind="work.meeting_answered").order_by("pk")
    return [notice.params["answer"] for notice in notices]


# by the link


def test_a_guest_answers_by_the_link_of_his_mail_and_the_latest_answer_counts(
    cast: SimpleNamespace, browse: Browse
) -> None:
    meeting = invited(cast.alice, guest_name="Wang Lei", place="Lab 2")
    stranger, address = Client(), link()
    page = stranger.get(address).content.decode()
    assert (
        "Show the lab" in page and "Alice invites you." in page and "Asia/Shanghai" in page and "2:00" in page
    )
    answer = stranger.post(address, {"answer": "tentative", "note": " At four? "})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert said(meeting) == ("tentative", "At four?")
    assert stranger.post(address, {"answer": "accepted", "note": ""}).status_code == 302
    assert said(meeting) == ("accepted", "")
    assert 'aria-pressed="true"' in stranger.get(address).content.decode()
    assert told(cast.alice) == ["tentative", "accepted"]
    alice = browse("alice")
    assert "Accepted" in alice.get(meeting.get_absolute_url()).content.decode()
    assert "Wang Lei answered “Accepted”: Show the lab" in alice.get("/notices/").content.decode()
    event = Event.objects.filter(kind="work.meeting_answered").latest("pk")
    assert (event.actor_id, event.data["answer"]) == (None, "accepted")


def test_the_same_answer_again_says_nothing_new(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    for _thrice in range(3):
        assert Client().post(link(), {"answer": "declined", "note": "Ill"}).status_code == 302
    assert (said(meeting), told(cast.alice)) == (("declined", "Ill"), ["declined"])
    assert Event.objects.filter(kind="work.meeting_answered").count() == 1


def test_opening_the_link_changes_nothing(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    before = Meeting.objects.values().get(pk=meeting.pk)
    for method in (Client().get, Client().head):
        answer = method(f"{link()}?answer=accepted&note=x", {"answer": "declined"})
        assert answer.status_code == 200
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert Client().put(link()).status_code == 405
    assert Meeting.objects.values().get(pk=meeting.pk) == before and told(cast.alice) == []


def test_a_guest_needs_no_cookies(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link(), {"answer": "accepted"}, headers={"Origin": "null"}).status_code == 302
    assert said(meeting) == ("accepted", "")


def test_a_refusal_is_logged_without_the_link(
    cast: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    invited(cast.alice)
    with caplog.at_level("INFO"):
        assert Client().post(link(), {"answer": "perhaps"}).status_code == 400
    told = [line for line in caplog.messages if "/m/" in line]
    assert {line.partition("/m/")[2][:2] for line in told} == {"·/"} and len(told) == 2, told


def test_a_link_that_is_forged_or_has_ended_leads_to_a_kind_page(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    good = link()
    other = f"/m/{meeting.pk}-{'0' * 32}.{good.rpartition('.')[2]}"
    forged = [
        "/m/x/",
        "/m/1/",
        f"{good[:-2]}/",
        f"/m/{meeting.pk}-.x/",
        "/m/%00/",
        "/m/..../",
        other,
        f"/m/{'9' * 3000}/",
    ]
    for address in forged:
        for method in (Client().get, Client().post):
            answer = method(address, {"answer": "accepted"})
            assert answer.status_code == 404 and "This link leads nowhere" in answer.content.decode(), address
    meeting_cancel(meeting=meeting, by=cast.alice)
    assert Client().get(good).status_code == 404
    assert Client().post(good, {"answer": "accepted"}).status_code == 404
    assert said(meeting) == ("", "")


def test_who_is_no_longer_the_guest_has_no_link_and_the_next_has_one_of_his_own(
    cast: SimpleNamespace,
) -> None:
    meeting = invited(cast.alice)
    first = link()
    Client().post(first, {"answer": "accepted"})
    meeting_change(meeting=meeting, by=cast.alice, guest_email="li@example.com")
    assert said(meeting) == ("", "") and Client().get(first).status_code == 404
    meeting_invite(meeting=meeting, by=cast.alice)
    second = link()
    assert second != first and Client().get(second).status_code == 200
    assert Client().get(first).status_code == 404


def test_another_time_asks_anew_and_another_place_does_not(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    address = link()
    Client().post(address, {"answer": "accepted"})
    meeting_change(meeting=meeting, by=cast.alice, place="Lab 3")
    assert said(meeting) == ("accepted", "")
    meeting_change(meeting=meeting, by=cast.alice, starts_at=START - timedelta(hours=1))
    assert said(meeting) == ("", "")
    assert link() == address and Client().get(address).status_code == 200


def test_a_call_off_carries_no_link(cast: SimpleNamespace) -> None:
    meeting_cancel(meeting=invited(cast.alice), by=cast.alice)
    assert "/m/" not in Mail.objects.latest("pk").text


def test_what_is_no_answer_is_a_400_and_what_comes_after_the_end_is_refused_kindly(
    cast: SimpleNamespace,
) -> None:
    meeting = invited(cast.alice)
    address = link()
    for wrong in (
        {}, {"answer": ""}, {"answer": "perhaps"}, {"answer": "accepted", "note": "x" * 501},
        {"answer": "accepted", "note": "a\x00b"}, {"answer": ["x", "accepted\x00"]},
    ):  # fmt: skip
        assert Client().post(address, wrong).status_code == 400, wrong
    with pytest.raises(ValidationError) as refused:
        meeting_answer_by_link(meeting=meeting, answer="perhaps", note="\x00")
    assert set(refused.value.error_dict) == {"answer", "note"}
    now = timezone.now()
    Meeting.objects.update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(minutes=1))
    assert "This meeting is over" in Client().get(address).content.decode()
    late = Client().post(address, {"answer": "accepted"})
    assert late.status_code == 409 and "This meeting is over" in late.content.decode()
    assert said(meeting) == ("", "") and told(cast.alice) == []


def test_too_many_answers_wait(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = invited(cast.alice)
    monkeypatch.setattr(meeting_reply, "ANSWERS", 1)
    assert Client().post(link(), {"answer": "accepted"}).status_code == 302
    again = Client().post(link(), {"answer": "declined"})
    assert (again.status_code, said(meeting)[0]) == (429, "accepted")
    assert int(again.headers["Retry-After"]) > 0


def test_the_page_speaks_the_guests_language(cast: SimpleNamespace) -> None:
    invited(cast.alice)
    page = Client().get(link(), headers={"Accept-Language": "zh-Hans"}).content.decode()
    assert 'lang="zh-hans"' in page and "接受" in page and "Accept" not in page


def test_text_of_people_is_no_markup_on_the_page(cast: SimpleNamespace) -> None:
    invited(cast.alice, title="<script>x</script>", details="<b>y</b>")
    page = Client().get(link()).content.decode()
    assert "<script>x" not in page and "<b>y" not in page


# guests who are users


def test_a_guest_who_is_a_user_answers_on_the_meetings_page(cast: SimpleNamespace, browse: Browse) -> None:
    meeting = meeting_of(cast.alice, guest_email=cast.bob.email.upper())
    bob = browse("bob")
    assert bob.get(meeting.get_absolute_url()).status_code == 404  # nobody invited him yet
    meeting_invite(meeting=meeting, by=cast.alice)
    page = bob.get(meeting.get_absolute_url()).content.decode()
    assert "Your answer" in page and 'id="meeting-form"' not in page
    day = "/calendar/?view=day&on=2030-05-14"
    assert bob.get(day).context["calendar"].days[0].count == 1
    address = f"/meetings/{meeting.pk}/answer/"
    assert bob.post(address, {"answer": "declined", "note": "Away"}).status_code == 302
    assert (said(meeting), told(cast.alice)) == (("declined", "Away"), ["declined"])
    assert bob.get(day).context["calendar"].days[0].count == 0
    assert "Declined" in browse("alice").get(day).content.decode()
    assert bob.post(address, {"answer": "perhaps"}).status_code == 400
    assert bob.post(f"/meetings/{meeting.pk}/cancel/").status_code == 403
    assert browse("charlie").post(address, {"answer": "accepted"}).status_code == 404
    assert browse("mona").post(address, {"answer": "accepted"}).status_code == 409


def test_answers_over_rest(call: Call, cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice, guest_email=cast.bob.email)
    address = f"meetings/{meeting.pk}/"
    shown = call("alice").get(address).json()
    assert (shown["answer"], shown["answer_note"], shown["answered_at"]) == (None, "", None)
    assert shown["guest"] == cast.bob.pk
    bob = call("bob")
    made = bob.post(f"{address}answer/", {"answer": "accepted", "note": "Gladly"})
    assert (made.status_code, made.json()["answer"]) == (200, "accepted"), made.content
    shown = call("alice").get(address).json()
    assert (shown["answer"], shown["answer_note"], shown["version"]) == (
        "accepted",
        "Gladly",
        meeting.version,
    )
    assert "answer_key" not in shown
    assert codes(bob.post(f"{address}answer/", {"answer": "perhaps"})) == [("answer", "invalid_choice")]
    refused = call("mona").post(f"{address}answer/", {"answer": "accepted"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_invited")
    assert call("charlie").post(f"{address}answer/", {"answer": "accepted"}).status_code == 404
    changed = call("alice").patch(address, {"answer": "declined", "title": "Labs"})
    assert changed.status_code == 400 or changed.json()["answer"] == "accepted"


# in other calendars, in a handover, at once


def test_other_calendars_learn_the_answer(cast: SimpleNamespace, browse: Browse) -> None:
    soon = timezone.now().replace(microsecond=0) + timedelta(days=1)
    meeting = invited(cast.alice, starts_at=soon, ends_at=soon + timedelta(hours=1))
    address = f"/calendar/feed/{feed_make(by=cast.alice)}/salesflow.ics"

    def partstat(content: bytes) -> str:
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        return str(event["attendee"].params["PARTSTAT"])

    first = Client().get(address)
    assert partstat(first.content) == "NEEDS-ACTION"
    assert str(mailed()[0][2]["attendee"].params["PARTSTAT"]) == "NEEDS-ACTION"
    Client().post(link(), {"answer": "tentative"})
    second = Client().get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, partstat(second.content)) == (200, "TENTATIVE")
    assert partstat(browse("alice").get(f"/meetings/{meeting.pk}/invitation.ics").content) == "TENTATIVE"


def test_an_answer_stays_with_a_new_organiser_who_is_told_of_the_next(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    address = link()
    Client().post(address, {"answer": "accepted"})
    handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    assert said(meeting) == ("accepted", "") and link() == address
    Client().post(address, {"answer": "declined"})
    assert (told(cast.alice), told(cast.bob)) == (["accepted"], ["declined"])


def test_a_recipient_who_answered_as_the_guest_is_a_guest_no_more(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice, guest_email=cast.bob.email)
    address = link()
    meeting_answer(meeting=meeting, by=cast.bob, answer="accepted")
    handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    meeting = scene.fresh(meeting)
    assert (meeting.organiser, meeting.guest, meeting.answer, meeting.told) == (cast.bob, None, "", None)
    assert Client().get(address).status_code == 404


def test_meetings_called_off_by_a_handover_take_no_answers(cast: SimpleNamespace) -> None:
    invited(cast.alice)
    address = link()
    handover_start(person=cast.alice, by=cast.mona, call_off=["meetings"])
    assert Client().get(address).status_code == 404


def test_an_answer_that_comes_after_the_call_off_is_refused(cast: SimpleNamespace) -> None:
    invited(cast.alice)
    found = meeting_by_link(link().split("/")[2])
    assert found is not None
    meeting_cancel(meeting=found, by=cast.alice)
    with pytest.raises(Conflict) as late:
        meeting_answer_by_link(meeting=found, answer="accepted")
    assert late.value.code == "link_ended"
    assert said(found) == ("", "") and told(cast.alice) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False])
def test_an_answer_and_a_call_off_at_once_come_one_after_the_other(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    invited(cast.alice)
    found = meeting_by_link(link().split("/")[2])
    assert found is not None
    meet, has_looked, read = races.Meeting(), threading.Event(), meeting_answers._read

    def looked(*given: str) -> str:
        has_looked.set()
        meet()
        return read(*given)

    def call_off() -> None:
        has_looked.wait(10)
        meeting_cancel(meeting=found, by=cast.alice)
        meet()

    monkeypatch.setattr(meeting_answers, "_read", looked)
    if not is_locked:
        monkeypatch.setattr(type(Meeting.objects.all()), "select_for_update", lambda self, **options: self)
    results = races.at_once(lambda: meeting_answer_by_link(meeting=found, answer="accepted"), call_off)
    assert races.codes(results) == ["", ""]
    happened = Event.objects.filter(kind__in=("work.meeting_answered", "work.meeting_cancelled"))
    in_order = ["work.meeting_answered", "work.meeting_cancelled"]
    # unlocked, a meeting that is off takes an answer
    assert (list(happened.order_by("pk").values_list("kind", flat=True)) == in_order) is is_locked
