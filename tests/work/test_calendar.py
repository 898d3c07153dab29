"""The calendar: what one has to do by day, week and month, and a task moved to another day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from salesflow.lib.errors import Conflict
from salesflow.people.models import User, Workspace
from salesflow.people.services import config_changed
from salesflow.work.models import Task
from salesflow.work.services import agenda, task_cancel, task_create, task_move
from salesflow.work.services.agenda import midnight
from tests.api.conftest import Caller, codes
from tests.leads.cast import lead_of
from tests.support.pages import told

Browse = Callable[..., Client]
Call = Callable[..., Caller]
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2030, 5, 14, 12, tzinfo=SHANGHAI)
MONTH = "/calendar/?view=month&on=2030-05-14"

pytestmark = pytest.mark.django_db


def task_of(user: User, due_at: datetime | None = NOON, title: str = "Ring Wang", **values: Any) -> Task:
    return task_create(by=None, assignee=user, title=title, due_at=due_at, **values)


def shown(client: Client, address: str = MONTH) -> dict[str, list[str]]:
    """Title of the entries by the days that have any."""
    days = client.get(address).context["calendar"].days
    return {str(day.day): [entry.title for entry in day.entries] for day in days if day.count}


def test_a_month_shows_ones_own_open_tasks_on_their_day(cast: SimpleNamespace, browse: Browse) -> None:
    lead = lead_of(cast.alice)
    task_of(cast.alice, NOON + timedelta(hours=3), "later", subject=lead)
    task_of(cast.alice)
    task_of(cast.alice, None, "some time")
    task_of(cast.alice, NOON + timedelta(days=90), "far away")
    task_of(cast.bob, NOON, "Bob's")
    task_cancel(task=task_of(cast.alice, NOON, "given up"), by=cast.alice)
    client = browse("alice")
    assert shown(client) == {"2030-05-14": ["Ring Wang", "later"]}
    assert shown(client, "/calendar/?view=week&on=2030-05-17") == shown(client)
    assert shown(client, "/calendar/?view=day&on=2030-05-14") == shown(client)
    assert shown(client, "/calendar/?view=day&on=2030-05-15") == {}
    html = client.get("/calendar/?view=day&on=2030-05-14").content.decode()
    assert lead.get_absolute_url() in html
    assert "Bob" not in html


def test_first_contacts_one_owes_stand_at_the_end_of_their_time(
    cast: SimpleNamespace, browse: Browse
) -> None:
    lead = lead_of(cast.alice)
    day = timezone.localtime(lead.first_contact_due_at, SHANGHAI).date()
    address = f"/calendar/?view=day&on={day}"
    assert shown(browse("alice"), address) == {str(day): [f"First contact: {lead}"]}
    assert shown(browse("mona"), address) == {}


def test_the_days_are_those_where_the_person_is(cast: SimpleNamespace, browse: Browse) -> None:
    task_of(cast.alice, datetime(2030, 5, 14, 23, 30, tzinfo=UTC))
    client = browse("alice")
    assert list(shown(client)) == ["2030-05-15"]
    User.objects.filter(pk=cast.alice.pk).update(time_zone="America/New_York")
    assert list(shown(client)) == ["2030-05-14"]


@pytest.mark.parametrize(("week_start", "first"), [(0, "2030-04-29"), (5, "2030-04-27"), (6, "2030-04-28")])
def test_weeks_begin_as_the_workspace_says(browse: Browse, week_start: int, first: str) -> None:
    Workspace.objects.update(week_start=week_start)
    config_changed()
    page = browse("alice").get(MONTH).context["calendar"]
    assert str(page.days[0].day) == first
    assert page.days[-1].day >= date(2030, 5, 31) > page.days[-8].day
    assert {len(week) for week in page.weeks} == {7}


def test_a_full_day_says_how_many_more_there_are_and_costs_no_more(
    cast: SimpleNamespace, browse: Browse
) -> None:
    client, costs = browse("alice"), []
    for number in (5, 40):
        for _each in range(number):
            task_of(cast.alice)
        client.get(MONTH)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(MONTH)
        costs.append(len(asked))
    day = next(day for day in page.context["calendar"].days if day.count)
    assert (len(day.entries), day.count, day.more) == (4, 45, 41)
    assert "41 more" in page.content.decode()
    assert costs[0] == costs[1]


@pytest.mark.parametrize("on", ["x", "2030-02-31", "0001-01-01", "9999-12-31", "\x00", "2030-05-14T00:00"])
def test_a_day_that_is_none_is_told_and_today_is_shown(browse: Browse, on: str) -> None:
    answer = browse("alice").get("/calendar/", {"view": "moon", "on": on})
    assert answer.status_code == 200
    assert answer.context["calendar"].on == timezone.localdate(timezone=SHANGHAI)
    assert "2026-11-30" in answer.content.decode()


def test_a_task_is_moved_to_another_day_and_back(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice, remind_at=NOON - timedelta(hours=2))
    client, move = browse("alice"), reverse("task-move", args=[task.pk])
    page = client.post(move, {"day": "2030-06-01", "next": MONTH}, follow=True)
    task.refresh_from_db()
    assert task.due_at == datetime(2030, 6, 1, 12, tzinfo=SHANGHAI)
    assert task.remind_at == datetime(2030, 6, 1, 10, tzinfo=SHANGHAI)
    undo = f"{move}?day=2030-05-14"
    assert undo in page.content.decode()
    client.post(undo)
    task.refresh_from_db()
    assert (task.due_at, task.remind_at) == (NOON, NOON - timedelta(hours=2))


@pytest.mark.parametrize("day", ["", "soon", "2030-13-01", "99999-01-01"])
def test_no_task_goes_to_a_day_that_is_none(cast: SimpleNamespace, browse: Browse, day: str) -> None:
    task = task_of(cast.alice)
    back = {"Referer": "http://testserver/calendar/"}
    answer = browse("alice").post(reverse("task-move", args=[task.pk]), {"day": day}, headers=back)
    assert "2026-11-30" in told(answer)
    assert Task.objects.get().due_at == NOON


def test_only_who_may_change_a_task_moves_it_and_only_an_open_one(
    cast: SimpleNamespace, browse: Browse
) -> None:
    task = task_of(cast.alice)
    move = reverse("task-move", args=[task.pk])
    for name, status in {"bob": 404, "auditor": 403, "mona": 302}.items():
        assert browse(name).post(move, {"day": "2030-06-01"}).status_code == status, name
    task_cancel(task=task, by=cast.alice)
    with pytest.raises(Conflict) as refused:
        task_move(task=task, by=cast.alice, day=date(2030, 6, 2), zone=SHANGHAI)
    assert refused.value.code == "invalid_transition"


def test_a_new_task_starts_on_the_day_one_looks_at(browse: Browse) -> None:
    client = browse("alice")
    assert 'value="2030-05-14T09:00"' in client.get("/tasks/new/?day=2030-05-14").content.decode()
    assert client.get("/tasks/new/?day=x").status_code == 400


def test_rest_answers_days_of_the_workspace(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    task = task_of(cast.alice, subject=lead)
    answer = call("alice").get("calendar/?from=2030-05-13&to=2030-05-15").json()
    assert answer["time_zone"] == "Asia/Shanghai"
    assert [(day["day"], day["count"]) for day in answer["days"]] == [("2030-05-13", 0), ("2030-05-14", 1)]
    entry = answer["days"][1]["entries"][0]
    assert (entry["kind"], entry["id"], entry["title"]) == ("task", task.pk, "Ring Wang")
    assert (entry["subject_type"], entry["subject_id"]) == ("leads.lead", lead.pk)
    assert datetime.fromisoformat(entry["at"]) == NOON
    assert len(call("alice").get("calendar/").json()["days"]) == 7


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=x", "from"), ("to=2030-02-31", "to"), ("from=2030-05-14&to=2030-05-14", "to"),
     ("from=2030-05-14&to=2030-05-13", "to"), ("from=2030-01-01&to=2030-12-31", "to"), ("until=2030-01-01", "until")],
)  # fmt: skip
def test_rest_names_what_no_span_is(call: Call, query: str, field: str) -> None:
    answer = call("alice").get(f"calendar/?{query}")
    assert answer.status_code == 400
    assert [name for name, _code in codes(answer)] == [field]


ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), ZONES)
def test_every_moment_lies_in_exactly_one_day(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)
    assert start.date() == last.date() == day


def test_the_agenda_of_a_clock_change_holds_each_hour_once(cast: SimpleNamespace) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2030, 10, 26, 20, tzinfo=UTC)
    for hours in range(30):
        task_of(cast.alice, start + timedelta(hours=hours))
    days = agenda(user=cast.alice, first=date(2030, 10, 26), days=3, zone=berlin, most=50)
    assert [day.count for day in days] == [2, 25, 3]
