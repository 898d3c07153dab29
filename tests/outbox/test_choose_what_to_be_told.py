"""Notices go the ways their reader wants: at the bell, by mail at once but for quiet hours, or in one digest a day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import Now
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Customer
from leads.models import Lead
from salesflow.journal.models import Notice
from salesflow.journal.services import notify, unread_count
from salesflow.outbox.models import Mail, NoticeMail, NoticeSettings
from salesflow.outbox.services.notices import (
    notice_mails_write,
    notice_settings,
    notice_settings_change,
    notices_carry,
)
from salesflow.outbox.services.notices.times import due_at
from tests.api.conftest import caller_of
from tests.leads.cast import lead_of
from tests.outbox.conftest import set_up
from tests.support.races import Meeting, at_once
from tests.support.smtp import MailPeer

KIND = "work.task_reminder"


def tell(user: Any, title: str = "Call Wang", **values: Any) -> Notice:
    notify([user], KIND, params={"title": title}, **values)
    return Notice.objects.latest("pk")


def wish(user: Any, **values: Any) -> None:
    notice_settings_change(by=user, kinds={KIND: values})


def morning() -> None:
    """As if the time of every digest had come."""
    NoticeMail.objects.update(due_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_without_a_mail_server_notices_stay_at_the_bell(cast: Any) -> None:
    tell(cast.alice)
    assert (notices_carry(), notices_carry()) == (1, 0)
    assert NoticeMail.objects.count() == 0 and unread_count(cast.alice) == 1


@pytest.mark.django_db
def test_by_default_what_was_not_read_comes_in_the_morning_in_ones_language(
    cast: Any, mailing: MailPeer
) -> None:
    cast.alice.language = "zh-hans"
    cast.alice.save()
    lead = lead_of(cast.alice)
    tell(cast.alice, "First", subject=lead)
    tell(cast.alice, "Second")
    read = tell(cast.alice, "Third")
    notices_carry()
    assert notice_mails_write() == 0
    Notice.objects.filter(pk=read.pk).update(read_at=Now())
    due = NoticeMail.objects.values_list("due_at", flat=True).distinct().get()
    assert due.astimezone(ZoneInfo("Asia/Shanghai")).time() == time(8)
    morning()
    assert notice_mails_write() == 1
    mail = Mail.objects.get()
    assert mail.to == cast.alice.email and "每日摘要" in mail.subject
    assert "First" in mail.text and "Second" in mail.text and "Third" not in mail.text
    assert f"/leads/{lead.pk}/" in mail.text and "/profile/notifications/" in mail.text
    assert NoticeMail.objects.count() == 0


@pytest.mark.django_db
def test_only_what_one_may_still_see_is_mailed(cast: Any, mailing: MailPeer) -> None:
    wish(cast.alice, mail="now")
    lead = lead_of(cast.alice)
    tell(cast.alice, "Secret", subject=lead)
    Lead.objects.filter(pk=lead.pk).update(owner=cast.charlie)
    notices_carry()
    assert notice_mails_write() == 0 and NoticeMail.objects.count() == 0
    tell(cast.alice, "Left")
    notices_carry()
    cast.alice.is_active = False
    cast.alice.save()
    assert notice_mails_write() == 0
    assert Mail.objects.count() == 0 and Customer.objects.count() == 0


@pytest.mark.django_db
def test_each_kind_goes_its_own_way(cast: Any, mailing: MailPeer) -> None:
    wish(cast.alice, bell=False, mail="now")
    wish(cast.bob, mail="off")
    tell(cast.alice, "At once")
    tell(cast.bob)
    notices_carry()
    assert unread_count(cast.alice) == 0 and unread_count(cast.bob) == 1
    assert notice_mails_write() == 1
    assert Mail.objects.get().subject == "Reminder: At once"


@pytest.mark.django_db
def test_a_change_of_mind_holds_for_what_waits(cast: Any, mailing: MailPeer) -> None:
    tell(cast.alice)
    notices_carry()
    wish(cast.alice, mail="now")
    assert notice_mails_write() == 1
    tell(cast.alice)
    notices_carry()
    wish(cast.alice, mail="off")
    assert NoticeMail.objects.count() == 0


@pytest.mark.django_db
def test_there_is_one_digest_a_day_even_if_its_hour_is_moved(cast: Any, mailing: MailPeer) -> None:
    tell(cast.alice)
    notices_carry()
    morning()
    assert notice_mails_write() == 1
    today = NoticeSettings.objects.get(pk=cast.alice.pk).digest_on
    notice_settings_change(by=cast.alice, digest_at=time(23, 59, 59))
    tell(cast.alice)
    notices_carry()
    assert NoticeMail.objects.get().due_at.astimezone(ZoneInfo("Asia/Shanghai")).date() > today


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_digest(
    cast: Any, mail_peer: MailPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(mail_peer)
    for number in range(3):
        tell(cast.alice, f"Task {number}")
    assert sum(at_once(notices_carry, notices_carry)) == 3
    morning()
    notice_settings(cast.alice)
    meeting, filtered = Meeting(seconds=0.3), NoticeMail.objects.filter

    def asked(*args: Any, **values: Any) -> Any:
        if "pk__in" in values:  # both have looked before either takes
            meeting()
        return filtered(*args, **values)

    monkeypatch.setattr(NoticeMail.objects, "filter", asked)
    assert sum(at_once(notice_mails_write, notice_mails_write)) == 1
    assert Mail.objects.count() == 1


ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"])
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


@given(zone=ZONES, at=CLOCKS, now=MOMENTS, told=st.booleans())
def test_a_digest_comes_at_its_hour_after_now_and_never_twice_a_day(
    zone: str, at: time, now: datetime, told: bool
) -> None:
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    settings = NoticeSettings(digest_at=at, digest_on=today if told else None)
    due = due_at(settings, there, now, in_digest=True)
    assert due.time() == at and due.date() - today <= timedelta(days=1)
    assert (
        due.date() > today if told else due.replace(tzinfo=None) > now.astimezone(there).replace(tzinfo=None)
    )


@given(zone=ZONES, begin=CLOCKS, end=CLOCKS, now=MOMENTS)
def test_a_mail_at_once_never_goes_within_quiet_hours(
    zone: str, begin: time, end: time, now: datetime
) -> None:
    there = ZoneInfo(zone)
    settings = NoticeSettings(quiet_from=begin, quiet_until=end)
    if begin == end:
        return
    due = due_at(settings, there, now, in_digest=False)
    clock = due.time()
    quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    assert not quiet and due.replace(tzinfo=None) >= now.astimezone(there).replace(tzinfo=None)


def test_quiet_hours_over_midnight_end_in_the_morning() -> None:
    there = ZoneInfo("Asia/Shanghai")
    settings = NoticeSettings(quiet_from=time(22), quiet_until=time(7))
    for hour, day in ((23, 11), (3, 10)):
        now = datetime(2026, 3, 10, hour, tzinfo=there)
        due = due_at(settings, there, now.astimezone(UTC), in_digest=False)
        assert (due.date(), due.time()) == (date(2026, 3, day), time(7))


@pytest.mark.django_db
def test_the_page_shows_and_keeps_it(cast: SimpleNamespace, browse: Callable[..., Client]) -> None:
    alice = browse("alice")
    html = alice.get("/profile/notifications/").content.decode()
    assert "Reminder" in html and "Your people returned" not in html and "No mail server" in html
    assert "Your people returned" in browse("mona").get("/profile/notifications/").content.decode()
    form = alice.get("/profile/notifications/").context["form"]
    data = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in data.items() if value not in (None, False)}
    sent |= {"digest_at": "07:30", "quiet_from": "22:00", "quiet_until": "22:00", f"mail {KIND}": "now"}
    del sent[f"bell {KIND}"]
    refused = alice.post("/profile/notifications/", sent)
    assert refused.status_code == 400 and "end at another time" in refused.content.decode()
    assert alice.post("/profile/notifications/", {**sent, "quiet_until": "07:00"}).status_code == 302
    kept = NoticeSettings.objects.get(pk=cast.alice.pk)
    assert kept.kinds == {KIND: {"bell": False, "mail": "now"}} and kept.digest_at == time(7, 30)


@pytest.mark.django_db
def test_and_so_does_rest(cast: SimpleNamespace) -> None:
    alice, path = caller_of(cast.alice), "notification-settings/"
    first = alice.get(path)
    shown = {row["kind"]: row for row in first.json()["kinds"]}
    assert shown[KIND] == {"kind": KIND, "text": "Reminder", "bell": True, "mail": "digest"}
    assert "leads.returned_of_rep" not in shown and first.json()["digest_at"] == "08:00:00"
    changed = alice.patch(
        path, {"kinds": [{"kind": KIND, "mail": "off"}], "quiet_from": "22:00", "quiet_until": "07:00"}
    )
    assert changed.json()["quiet_from"] == "22:00:00"
    assert {row["kind"]: row["mail"] for row in changed.json()["kinds"]}[KIND] == "off"
    for wrong, code in (
        ({"kinds": [{"kind": "leads.returned_of_rep", "mail": "off"}]}, "unknown_kind"),
        ({"kinds": [{"kind": KIND, "mail": "pigeon"}]}, "invalid_choice"),
        ({"quiet_from": None}, "required"),
        ({"volume": 1}, "unknown_field"),
    ):
        answer = alice.patch(path, wrong)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    stale = alice.patch(path, {"digest_at": "09:00"}, headers={"If-Match": first.headers["ETag"]})
    assert stale.status_code == 412
