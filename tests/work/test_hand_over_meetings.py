"""A leaver's meetings to come go to others, or are called off; each guest learns it by one mail."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Customer
from salesflow.journal.models import Event, Notice
from salesflow.outbox.models import Mail
from salesflow.people.models import User
from salesflow.work.models import Handover, HandoverRow, Meeting
from salesflow.work.services import (
    handover_run,
    handover_start,
    handovers,
    meeting_cancel,
    meeting_invite,
    meetings_hand_over,
)
from tests.api.conftest import Caller, codes
from tests.leads import cast as scene
from tests.support import races
from tests.work.test_plan_meetings import mailed, meeting_of

Call = Callable[..., Caller]
NEXT_YEAR = datetime(2031, 3, 3, 6, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def invited(user: User, **values: Any) -> Meeting:
    return meeting_invite(meeting=meeting_of(user, **values), by=user)


def hand_over(cast: SimpleNamespace, **values: Any) -> Handover:
    return handover_start(person=cast.alice, by=cast.mona, **{"to": [(cast.bob.pk, 1)], **values})


# moved


def test_a_meeting_to_come_is_the_recipients_and_its_guest_gets_one_mail(
    call: Call, cast: SimpleNamespace
) -> None:
    meeting = invited(cast.alice)
    quiet = meeting_of(cast.alice, guest_email="li@example.com")
    answer = call("mona").post(f"users/{cast.alice.pk}/hand-over/", {"to": [{"user": cast.bob.pk}]})
    assert (answer.status_code, answer.json()["moved"]) == (202, 2), answer.content
    assert {scene.fresh(each).organiser_id for each in (meeting, quiet)} == {cast.bob.pk}
    (first, second) = mailed()
    to, method, event = second
    assert (to, method, int(event["sequence"])) == ("wang@example.com", "REQUEST", 1)
    assert str(event["uid"]) == str(first[2]["uid"]) == str(meeting.uid)
    assert (str(first[2]["organizer"]), str(event["organizer"])) == (
        f"mailto:{cast.alice.email}", f"mailto:{cast.bob.email}",
    )  # fmt: skip
    mail = Mail.objects.latest("pk")
    assert mail.headers == {"Reply-To": cast.bob.email}
    assert "Bob invites you now, instead of Alice. Nothing else changes." in mail.text
    assert scene.fresh(meeting).told == 1 and scene.fresh(quiet).told is None
    assert call("bob").get(f"meetings/{meeting.pk}/").status_code == 200
    told = Event.objects.filter(kind="work.meeting_changed", subject_type="work.meeting").order_by("pk")
    assert [(each.subject_id, each.actor_id) for each in told] == [
        (meeting.pk, cast.mona.pk), (quiet.pk, cast.mona.pk),
    ]  # fmt: skip


def test_what_was_what_goes_on_and_what_is_off_stays(cast: SimpleNamespace) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    past = invited(cast.alice, starts_at=now - 3 * hour, ends_at=now - 2 * hour)
    going_on = invited(cast.alice, starts_at=now - hour, ends_at=now + hour)
    off = meeting_cancel(meeting=meeting_of(cast.alice), by=cast.alice)
    before = len(mailed())
    made = hand_over(cast)
    assert (made.total, len(mailed())) == (0, before)
    assert {scene.fresh(each).organiser_id for each in (past, going_on, off)} == {cast.alice.pk}


def test_a_recipient_who_is_the_guest_is_a_guest_no_more(cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice, guest_email=cast.bob.email.upper(), guest_name="Bob")
    before = len(mailed())
    hand_over(cast)
    meeting = scene.fresh(meeting)
    assert (meeting.organiser, meeting.guest_email, meeting.guest_name, meeting.told) == (
        cast.bob,
        "",
        "",
        None,
    )
    assert len(mailed()) == before


def test_a_meeting_goes_where_its_record_went_and_shares_count(cast: SimpleNamespace) -> None:
    carol = scene.person("carol", team=cast.ours)
    customers = [Customer.objects.create(name=f"C{number}", owner=cast.alice) for number in range(2)]
    meetings = [meeting_of(cast.alice, subject=customers[number]) for number in (1, 0)]
    loose = [meeting_of(cast.alice) for _number in range(2)]
    hand_over(cast, to=[(cast.bob.pk, 1), (carol.pk, 1)])
    for meeting in meetings:
        meeting = scene.fresh(meeting)
        assert meeting.organiser_id == Customer.objects.get(pk=meeting.subject_id).owner_id
    assert {scene.fresh(each).organiser_id for each in loose} == {cast.bob.pk, carol.pk}


def test_an_invitation_on_a_record_that_moves_is_untouched_when_its_organiser_stays(
    cast: SimpleNamespace,
) -> None:
    customer = Customer.objects.create(name="C", owner=cast.alice)
    meeting = meeting_of(cast.mona, subject=customer)
    meeting_invite(meeting=meeting, by=cast.mona)
    before = Meeting.objects.values().get(pk=meeting.pk)
    hand_over(cast)
    assert scene.fresh(customer).owner == cast.bob
    assert Meeting.objects.values().get(pk=meeting.pk) == before and len(mailed()) == 1


def test_each_recipient_is_told_once_of_all_he_got(cast: SimpleNamespace) -> None:
    for _number in range(2):
        meeting_of(cast.alice)
    hand_over(cast)
    (told,) = Notice.objects.filter(user=cast.bob)
    assert (told.kind, told.params["count"]) == ("work.handed_over", 2)


# called off


def test_a_handover_may_call_them_off_instead(call: Call, cast: SimpleNamespace) -> None:
    customer = Customer.objects.create(name="C", owner=cast.alice)
    meeting, quiet = invited(cast.alice), meeting_of(cast.alice)
    wanted = {"to": [{"user": cast.bob.pk}], "call_off": ["meetings"]}
    mona, address = call("mona"), f"users/{cast.alice.pk}/hand-over/"
    shown = {part["kind"]: part for part in mona.post(f"{address}preview/", wanted).json()["kinds"]}
    assert (shown["meetings"]["count"], shown["meetings"]["to"]) == (2, [])
    assert shown["meetings"]["called_off"] and not shown["customers"]["called_off"]
    made = mona.post(address, wanted).json()
    assert (made["status"], made["moved"], made["call_off"]) == ("done", 3, ["meetings"])
    assert {(each.state, each.organiser_id) for each in map(scene.fresh, (meeting, quiet))} == {
        ("cancelled", cast.alice.pk)
    }
    assert scene.fresh(customer).owner == cast.bob
    assert [(to, method, int(event["sequence"])) for to, method, event in mailed()] == [
        ("wang@example.com", "REQUEST", 0), ("wang@example.com", "CANCEL", 1),
    ]  # fmt: skip
    parts = mona.get(f"hand-overs/{made['id']}/results/").json()["results"]
    assert [(part["kind"], part["to"], part["moved"]) for part in parts] == [
        ("customers", cast.bob.pk, 1), ("meetings", None, 2),
    ]  # fmt: skip
    assert Notice.objects.get(user=cast.bob, kind="work.handed_over").params["count"] == 1


def test_meetings_alone_can_be_called_off_and_then_need_nobody(call: Call, cast: SimpleNamespace) -> None:
    meeting = meeting_of(cast.alice)
    mona, address = call("mona"), f"users/{cast.alice.pk}/hand-over/"
    share = [{"user": cast.bob.pk}]
    for wrong in (
        {"to": share, "call_off": ["tasks"]},
        {"to": share, "call_off": ["dreams"]},
        {"kinds": {"meetings": share}, "call_off": ["meetings"]},
    ):
        answer = mona.post(address, wrong)
        assert (answer.status_code, codes(answer)) == (400, [("call_off", "invalid_choice")]), wrong
    assert mona.post(address, {"call_off": "meetings"}).status_code == 400
    assert not Handover.objects.exists() and scene.fresh(meeting).state == "planned"
    assert mona.post(address, {"call_off": ["meetings"]}).json()["moved"] == 1


def test_the_page_asks_and_shows_it(browse: Callable[..., Client], cast: SimpleNamespace) -> None:
    meeting = invited(cast.alice)
    mona, address = browse("mona"), f"/hand-overs/new/?person={cast.alice.pk}"
    wanted = {"to_1": cast.bob.pk, "share_1": 1, "kind_meetings": "off"}
    assert "Called off" in mona.post(address, {**wanted, "preview": "1"}).content.decode()
    assert scene.fresh(meeting).state == "planned"
    page = mona.post(address, {**wanted, "start": "1"}, follow=True).content.decode()
    assert "Meetings: Called off" in page
    assert scene.fresh(meeting).state == "cancelled"


# rights, workers, races


def test_a_person_who_may_not_is_told_so_and_the_meeting_stays(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = invited(cast.alice)
    monkeypatch.setattr(meetings_hand_over.policies, "can_edit_meeting", lambda user, meeting: False)
    made = hand_over(cast)
    row = HandoverRow.objects.get(handover=made)
    assert (made.moved, made.refused, row.code) == (0, 1, "forbidden")
    assert scene.fresh(meeting).organiser == cast.alice and len(mailed()) == 1


def test_batches_ask_as_few_questions_for_many_as_for_few(
    cast: SimpleNamespace, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        Meeting(title=f"M{number}", organiser=cast.alice, starts_at=NEXT_YEAR, ends_at=NEXT_YEAR + timedelta(hours=1),
                guest_email=f"g{number}@example.com", told=0)
        for number in range(60)
    ]  # fmt: skip
    Meeting.objects.bulk_create(rows)
    made = hand_over(cast)
    with django_assert_max_num_queries(55):
        handover_run(handover_id=made.pk)
    assert Meeting.objects.filter(organiser=cast.bob, told=1, sequence=1).count() == 60
    assert Mail.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_of_a_handover_and_a_calling_off_at_once_the_guest_learns_the_last_word(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = invited(cast.alice)
    meet, asked, policies = races.Meeting(), threading.Event(), meetings_hand_over.policies
    may_assign = policies.can_assign_task

    def asked_first(by: User, assignee: User) -> bool:
        asked.set()
        meet()
        return may_assign(by, assignee)

    monkeypatch.setattr(policies, "can_assign_task", asked_first)

    def call_off() -> None:
        asked.wait(5)
        meeting_cancel(meeting=meeting, by=cast.mona)
        meet()

    results = races.at_once(lambda: hand_over(cast), call_off)
    assert races.codes(results) == ["", ""]
    meeting = scene.fresh(meeting)
    assert (meeting.state, meeting.organiser, meeting.sequence, meeting.told) == ("cancelled", cast.bob, 2, 2)
    assert [(method, int(event["sequence"]), str(event["organizer"])) for _to, method, event in mailed()][1:] == [
        ("REQUEST", 1, f"mailto:{cast.bob.email}"), ("CANCEL", 2, f"mailto:{cast.bob.email}"),
    ]  # fmt: skip
    assert handovers.handovers_sweep() == {"processed": 0}
