"""Tasks on the pages: planned on a record or on their own, done with a way back, reminded of in time."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from salesflow.journal.models import Event, Notice
from salesflow.people.models import User
from salesflow.work.models import Task
from salesflow.work.services import reminders_send, task_cancel, task_create, task_done
from tests.leads.cast import lead_of
from tests.support.pages import HTMX, told

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
MINE = "/tasks/?assignee=me&state=open"


def task_of(user: User, title: str = "Ring Wang", **values: Any) -> Task:
    return task_create(by=None, assignee=user, title=title, **values)


def titles(client: Client, address: str = MINE) -> list[str]:
    return [str(row) for row in client.get(address).context["list"].rows]


def state(task: Task) -> str:
    return Task.objects.get(pk=task.pk).state


def test_the_list_opens_with_ones_own_open_tasks_soonest_first(cast: SimpleNamespace, browse: Browse) -> None:
    now = timezone.now()
    task_of(cast.alice, "some time")
    task_of(cast.alice, "later", due_at=now + timedelta(days=2))
    task_of(cast.alice, "soon", due_at=now + timedelta(hours=2))
    task_done(task=task_of(cast.alice, "over"), by=cast.alice)
    task_of(cast.bob, "Bob's")
    client = browse("alice")
    assert client.get("/tasks/")["Location"] == MINE
    assert titles(client) == ["soon", "later", "some time"]
    assert titles(client, "/tasks/?state=done&ordering=-due_at") == ["over"]


def test_a_manager_sees_what_the_team_has_to_do_and_what_is_overdue(
    cast: SimpleNamespace, browse: Browse
) -> None:
    task_of(cast.alice, "Alice's", due_at=timezone.now() - timedelta(hours=1))
    task_of(cast.bob, "Bob's")
    task_of(cast.charlie, "Charlie's")
    mona = browse("mona")
    assert {tab["label"] for tab in mona.get(MINE).context["list"].tabs} == {
        "Mine",
        "Overdue",
        "Team",
        "Done",
    }
    assert titles(mona) == []
    assert sorted(titles(mona, "/tasks/?state=open")) == ["Alice's", "Bob's"]
    assert titles(mona, "/tasks/?overdue=true") == ["Alice's"]
    assert "Team" not in [tab["label"] for tab in browse("alice").get(MINE).context["list"].tabs]


def test_a_task_is_planned_on_a_lead_and_stands_on_its_page(cast: SimpleNamespace, browse: Browse) -> None:
    lead = lead_of(cast.alice)
    client = browse("alice")
    form = client.get(f"/tasks/new/?on=leads.lead:{lead.pk}", headers={**HTMX, "HX-Target": "drawer-body"})
    assert "On Arbor Medical" in form.content.decode()
    response = client.post(
        f"/tasks/new/?on=leads.lead:{lead.pk}", {"title": "Send the offer", "due_at": "2030-01-02T10:30"}
    )
    assert response["Location"] == lead.get_absolute_url()
    task = Task.objects.get()
    assert (task.subject_type, task.subject_id, task.assignee) == ("leads.lead", lead.pk, cast.alice)
    assert task.due_at is not None and task.due_at.isoformat() == "2030-01-02T02:30:00+00:00"  # Shanghai
    html = client.get(lead.get_absolute_url()).content.decode()
    assert reverse("task-done", args=[task.pk]) in html
    assert "Send the offer" in html
    assert lead.get_absolute_url() in client.get(MINE).content.decode()


def test_nobody_plans_on_a_record_he_may_not_see_or_not_work_on(
    cast: SimpleNamespace, browse: Browse
) -> None:
    lead = lead_of(cast.alice)
    for name, status in {"charlie": 404, "auditor": 403, "alice": 302}.items():
        response = browse(name).post(
            f"/tasks/new/?on=leads.lead:{lead.pk}", {"title": "x", "assignee": cast.auditor.pk}
        )
        assert response.status_code == status, name
    assert Task.objects.count() == 1


@pytest.mark.parametrize("on", ["leads.lead", "leads.lead:", "leads.lead:x", "x:1", "people.user:1", "leads.lead:-1",
                                "leads.lead:" + "9" * 40, "\x00:1", ":1"])  # fmt: skip
def test_a_record_that_is_none_is_not_found(browse: Browse, on: str) -> None:
    assert browse("alice").get("/tasks/new/", {"on": on}).status_code == 404


def test_a_rep_plans_for_himself_and_a_manager_for_the_team(cast: SimpleNamespace, browse: Browse) -> None:
    alice = browse("alice")
    assert "assignee" not in alice.get("/tasks/new/").context["form"].fields
    alice.post("/tasks/new/", {"title": "mine", "assignee": cast.bob.pk})
    assert Task.objects.get().assignee == cast.alice
    mona = browse("mona")
    assert mona.post("/tasks/new/", {"title": "x", "assignee": cast.charlie.pk}).status_code == 400
    assert mona.post("/tasks/new/", {"title": "for Bob", "assignee": cast.bob.pk}).status_code == 302
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.params) == (cast.bob, "work.task_given", {"title": "for Bob"})


def test_a_task_is_done_with_a_way_back(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice)
    client = browse("alice")
    page = client.post(reverse("task-done", args=[task.pk]), follow=True).content.decode()
    assert state(task) == "done"
    assert "“Ring Wang” is done." in page
    assert f'action="{reverse("task-reopen", args=[task.pk])}"' in page
    client.post(reverse("task-reopen", args=[task.pk]))
    assert state(task) == "open"
    kinds = Event.objects.filter(subject_type="work.task", subject_id=task.pk).order_by("pk")
    assert [event.kind for event in kinds] == ["work.task_created", "work.task_done", "work.task_reopened"]


def test_a_cancelled_task_can_be_opened_again(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice)
    client = browse("alice")
    client.post(reverse("task-cancel", args=[task.pk]))
    assert state(task) == "cancelled"
    client.post(reverse("task-reopen", args=[task.pk]))
    assert state(task) == "open"


def test_a_task_closed_meanwhile_is_told_kindly(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice)
    task_cancel(task=task, by=cast.alice)
    headers = {"Referer": "http://testserver/tasks/"}
    response = browse("alice").post(reverse("task-done", args=[task.pk]), headers=headers)
    assert response["Location"] == "http://testserver/tasks/"
    assert "closed or reopened meanwhile" in told(response)
    assert state(task) == "cancelled"


def test_tasks_of_others_are_out_of_sight_and_out_of_reach(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice)
    for name in ("bob", "charlie", "max", "finance"):
        client = browse(name)
        for url in ("task-done", "task-cancel", "task-reopen"):
            assert client.post(reverse(url, args=[task.pk])).status_code == 404, name
        assert client.get(task.get_absolute_url()).status_code == 404
        assert client.post(task.get_absolute_url(), {"title": "x"}).status_code == 404
    auditor = browse("auditor")
    assert auditor.get(task.get_absolute_url()).status_code == 200
    assert auditor.post(reverse("task-done", args=[task.pk])).status_code == 403
    assert state(task) == "open"
    assert browse("mona").post(reverse("task-done", args=[task.pk])).status_code == 302
    assert state(task) == "done"


def test_verbs_take_a_post(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice)
    client = browse("alice")
    for url in ("task-done", "task-cancel", "task-reopen"):
        assert client.get(reverse(url, args=[task.pk])).status_code == 405
    for url in ("tasks-done", "tasks-reopen", "log"):
        assert client.get(reverse(url)).status_code == 405
    assert state(task) == "open"


def test_several_are_done_at_once_each_by_itself_and_opened_again(
    cast: SimpleNamespace, browse: Browse
) -> None:
    ours = [task_of(cast.alice), task_of(cast.alice), task_done(task=task_of(cast.alice), by=cast.alice)]
    foreign = task_of(cast.bob)
    client = browse("alice")
    page = client.post("/tasks/done/", {"ids": [task.pk for task in [*ours, foreign]]}, follow=True)
    text = page.content.decode()
    assert "2 tasks are done." in text
    assert "1 task could not be closed." in text
    assert [state(task) for task in [*ours, foreign]] == ["done", "done", "done", "open"]
    client.post(f"/tasks/reopen/?ids={ours[0].pk},{ours[1].pk},{foreign.pk},x,{'9' * 30}")
    assert [state(task) for task in ours] == ["open", "open", "done"]


def test_a_change_is_kept_and_a_stale_one_shows_what_the_other_wrote(
    cast: SimpleNamespace, browse: Browse
) -> None:
    task = task_of(cast.alice, "first")
    alice, mona = browse("alice"), browse("mona")
    typed = {"title": "Mona's", "details": "", "due_at": "", "remind_at": "", "version": task.version,
             "assignee": cast.alice.pk}  # fmt: skip
    assert mona.post(task.get_absolute_url(), typed).status_code == 302
    stale = alice.post(task.get_absolute_url(), {**typed, "title": "Alice's"})
    assert stale.status_code == 400
    assert stale.context["theirs"] == {"Task": "Mona's"}
    assert Task.objects.get().title == "Mona's"
    again = {**typed, "title": "Alice's", "version": stale.context["form"].data["version"]}
    assert alice.post(task.get_absolute_url(), again).status_code == 302
    assert Task.objects.get().title == "Alice's"


def test_who_is_given_a_task_later_on_is_told_too(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice)
    given = {"title": task.title, "assignee": cast.bob.pk, "version": task.version}
    assert browse("mona").post(task.get_absolute_url(), given).status_code == 302
    assert list(Notice.objects.values_list("user", "kind")) == [(cast.bob.pk, "work.task_given")]


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"title": "x" * 201}, {"title": "a\x00b"}, {"title": "x", "due_at": "soon"},
     {"title": "x", "due_at": "99999-01-01T00:00"}, {"title": "x", "details": "y" * 5001}],
)  # fmt: skip
def test_what_cannot_be_a_task_is_said_at_its_field(browse: Browse, wrong: dict[str, str]) -> None:
    response = browse("alice").post("/tasks/new/", wrong)
    assert response.status_code == 400
    assert response.context["form"].errors
    assert not Task.objects.exists()


def test_the_assignee_is_reminded_once(cast: SimpleNamespace) -> None:
    task = task_of(cast.alice, remind_at=timezone.now() - timedelta(minutes=1))
    task_of(cast.alice, "not yet", remind_at=timezone.now() + timedelta(hours=1))
    task_done(task=task_of(cast.alice, "done", remind_at=timezone.now()), by=cast.alice)
    assert reminders_send() == {"reminded": 1}
    assert reminders_send() == {"reminded": 0}
    notice = Notice.objects.get()
    assert (notice.user, notice.subject_id, notice.params["title"]) == (cast.alice, task.pk, "Ring Wang")


def test_a_reminder_leads_to_its_task(cast: SimpleNamespace, browse: Browse) -> None:
    task = task_of(cast.alice, remind_at=timezone.now() - timedelta(minutes=1))
    reminders_send()
    response = browse("alice").get(reverse("notice-open", args=[Notice.objects.get().pk]))
    assert response["Location"] == task.get_absolute_url()


def test_a_list_of_tasks_costs_the_same_for_one_and_for_forty(cast: SimpleNamespace, browse: Browse) -> None:
    lead, client, costs = lead_of(cast.alice), browse("alice"), []
    client.get(MINE)
    for number in (1, 39):
        for _each in range(number):
            task_of(cast.alice, subject=lead, due_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(MINE).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 15, [query["sql"][:140] for query in queries.captured_queries]
