"""The details of a task name people: told once, if they see what the task hangs on, or the task on its own."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from contacts.models import Customer
from contacts.services import customer_create
from salesflow.journal.models import Event, Notice
from salesflow.journal.services import notice_lines
from salesflow.people.models import User
from salesflow.work.models import Follow, Task
from salesflow.work.services import task_create
from tests.api.conftest import codes
from tests.support.pages import HTMX

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]


@pytest.fixture
def customer(cast: SimpleNamespace) -> Customer:
    return customer_create(by=User.objects.get(pk=cast.alice.pk), values={"name": "Arbor"})


def on(customer: Customer, details: str) -> dict[str, Any]:
    return {"title": "Offer", "subject_type": "customer", "subject_id": customer.pk, "details": details}


def told(user: User) -> list[str]:
    """Where the notices of this person lead to."""
    notices = Notice.objects.filter(user=user, kind="work.mentioned").order_by("pk")
    return [line.url for line in notice_lines(user=User.objects.get(pk=user.pk), notices=notices)]


def test_whom_a_task_on_a_record_names_is_told_once_and_follows_it(
    cast: Any, customer: Customer, call: Any
) -> None:
    alice = call("alice")
    made = alice.post("tasks/", on(customer, "@mona signs, @alice sends")).json()
    assert made["details"] == f"@[Mona](user:{cast.mona.pk}) signs, @[Alice](user:{cast.alice.pk}) sends"
    assert made["mentions"] == [cast.mona.pk, cast.alice.pk]
    assert told(cast.mona) == [customer.get_absolute_url()] and told(cast.alice) == []
    assert list(Follow.objects.values_list("user", flat=True)) == [cast.mona.pk]
    assert Event.objects.get(kind="work.task_created").data["mentions"] == made["mentions"]
    path = f"tasks/{made['id']}/"
    for details in (f"{made['details']}!", "nobody", "@mona again, @dora too"):
        assert alice.patch(path, {"details": details}).status_code == 200
    assert (len(told(cast.mona)), len(told(cast.dora))) == (1, 1)


def test_a_task_on_none_names_who_sees_it_and_leads_to_it(cast: Any, call: Any) -> None:
    mona = call("mona")
    made = mona.post("tasks/", {"title": "Stand", "assignee": cast.alice.pk, "details": "With @dora, @alice"})
    task = Task.objects.get(pk=made.json()["id"])
    assert told(cast.dora) == told(cast.alice) == [task.get_absolute_url()]
    blind = mona.patch(f"tasks/{task.pk}/", {"details": "and @bob"})
    assert codes(blind) == [("details", "cannot_see")] and "Bob" in blind.json()["errors"][0]["message"]
    assert told(cast.bob) == [] and Task.objects.get(pk=task.pk).version == task.version
    # whoever gets it in the same change sees it
    given = mona.patch(f"tasks/{task.pk}/", {"details": "and @bob", "assignee": cast.bob.pk})
    assert given.status_code == 200 and told(cast.bob) == [task.get_absolute_url()]


def test_who_cannot_see_the_record_is_told_of_before_anything_is_kept(
    browse: Browse, cast: Any, customer: Customer, call: Any
) -> None:
    assert codes(call("alice").post("tasks/", on(customer, "@charlie"))) == [("details", "cannot_see")]
    typed = {"title": "Offer", "details": "@charlie, my long text"}
    page = browse("alice").post(f"/tasks/new/?on=contacts.customer:{customer.pk}", typed)
    text = page.content.decode()
    assert page.status_code == 400
    assert "@charlie, my long text</textarea>" in text and "Cannot see this record: Charlie" in text
    assert not Task.objects.exists() and not Notice.objects.exists()


def test_a_task_that_nobody_gave_names_nobody(cast: Any) -> None:
    task = task_create(by=None, assignee=cast.alice, title="Look", details="@charlie wrote @[x](user:999999)")
    assert task.details == "@charlie wrote @[x](user:999999)" and not Notice.objects.exists()


def test_the_form_shows_what_one_types_and_saving_it_again_changes_nothing(browse: Browse, cast: Any) -> None:
    alice = browse("alice")
    alice.post("/tasks/new/", {"title": "Stand", "details": "Ask @mona. <b>"})
    task = Task.objects.get()
    assert task.details == f"Ask @[Mona](user:{cast.mona.pk}). <b>"
    User.objects.filter(pk=cast.mona.pk).update(name="Mona Lisa")
    page = alice.get(task.get_absolute_url())
    assert "Ask @mona. &lt;b&gt;</textarea>" in page.content.decode()
    assert f'data-mention-list="/mentions/?on=work.task:{task.pk}"' in page.content.decode()
    typed = {"title": "Stand", "details": "Ask @mona. <b>", "version": task.version}
    assert alice.post(task.get_absolute_url(), typed).status_code == 302
    assert Task.objects.get().version == task.version and len(told(cast.mona)) == 1
    alice.post(f"{task.get_absolute_url()}done/")
    read = alice.get(task.get_absolute_url()).content.decode()
    assert 'Ask <span class="mention">@Mona Lisa</span>. &lt;b&gt;' in read


def test_a_token_that_would_be_read_as_somebody_else_stays_a_token(browse: Browse, cast: Any) -> None:
    alice, token = browse("alice"), f"@[Mona](user:{cast.mona.pk})"
    alice.post("/tasks/new/", {"title": "Stand", "details": f"{token}.lisa"})
    page = alice.get(Task.objects.get().get_absolute_url()).content.decode()
    assert f"{token}.lisa</textarea>" in page


def test_a_change_that_came_too_late_shows_the_text_as_one_types_it(browse: Browse, cast: Any) -> None:
    alice = browse("alice")
    alice.post("/tasks/new/", {"title": "Stand", "details": "Ask @mona"})
    task = Task.objects.get()
    late = alice.post(task.get_absolute_url(), {"title": "Stall", "details": "Ask @mona", "version": 99})
    assert late.context["theirs"] == {"Task": "Stand"}
    late = alice.post(task.get_absolute_url(), {"title": "Stand", "details": "Ask", "version": 99})
    assert late.context["theirs"] == {"Details": "Ask @mona"}


def test_who_sees_the_record_reads_the_details_of_its_tasks_there(
    browse: Browse, cast: Any, customer: Customer, call: Any
) -> None:
    call("alice").post("tasks/", on(customer, "@mona <b>"))
    for name in ("alice", "mona", "auditor"):
        page = browse(name).get(customer.get_absolute_url()).content.decode()
        assert '<span class="mention">@Mona</span> &lt;b&gt;' in page, name
    drawer = browse("alice").get(
        f"/tasks/new/?on=contacts.customer:{customer.pk}", headers={**HTMX, "HX-Target": "drawer-body"}
    )
    assert f"/mentions/?on=contacts.customer:{customer.pk}" in drawer.content.decode()
