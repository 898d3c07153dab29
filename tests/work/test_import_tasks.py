"""Tasks come in from files and go out again: each row by the rules of a task, and nothing twice."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage

from contacts.models import Customer
from contacts.services import customer_create
from salesflow.journal.models import Event, Notice
from salesflow.lib.moments import moment_read, moment_said
from salesflow.people.models import User
from salesflow.work.models import Export, Import, Task
from salesflow.work.services import export_start, task_archive, task_cancel, task_create, task_done
from salesflow.work.services.imports import import_start, import_undo
from salesflow.work.services.tasks import MORNING
from tests.api.conftest import Caller
from tests.contacts.importing import counts, csv_of, imported, posted, reasons

pytestmark = pytest.mark.django_db
Call = Callable[..., Caller]


@pytest.fixture(autouse=True)
def place(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def customer(cast: SimpleNamespace) -> Customer:
    return customer_create(by=again(cast.alice), values={"name": "Arbor"})


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def states() -> list[tuple[Any, ...]]:
    return list(Task.objects.order_by("pk").values_list())


def exported(by: User, format: str) -> bytes:
    job = export_start(by=again(by), resource="tasks", query="ordering=id", format=format, layout="import")
    assert job.status == Export.Status.DONE, job.error
    with default_storage.open(job.path) as file:
        return io.BytesIO(file.read()).read()


def test_rows_become_tasks_of_those_they_name(cast: SimpleNamespace, customer: Customer) -> None:
    file = csv_of(
        "title|details|record|due_at|remind_at|assignee|state",
        f"Offer|@dora knows|customer {customer.pk}|2030-01-02 10:30|2030-01-02|alice@cast.test|",
        "Call|||2030/1/3|||Done",
        f"Visit||contacts.customer:{customer.pk}|||Bob|已取消",
        "Theirs|||||charlie@cast.test|",
        "|only details|||||",
        "Far||customer 999999||||",
        "Odd||moon 1|soon||nobody|later",
        "Blind|@charlie|||||",
    )
    job = imported(again(cast.mona), "tasks", file)
    assert counts(job) == (3, 0, 0, 5), reasons(job)
    offer, call, visit = Task.objects.order_by("pk")
    assert (offer.assignee, offer.created_by, offer.state) == (cast.alice, cast.mona, "open")
    assert (offer.subject_type, offer.subject_id) == ("contacts.customer", customer.pk)
    assert offer.details == f"@[Dora](user:{cast.dora.pk}) knows"
    assert offer.due_at == datetime(2030, 1, 2, 2, 30, tzinfo=UTC), "in the zone of the workspace, Shanghai"
    assert offer.remind_at == datetime(2030, 1, 2, 1, 0, tzinfo=UTC), "a day alone means its morning"
    assert (call.assignee, call.state, call.done_at is not None) == (cast.mona, "done", True)
    assert (visit.assignee, visit.state, visit.subject_id) == (cast.bob, "cancelled", customer.pk)
    told = reasons(job)
    assert told[3] == "You may not give this task to this person."
    assert told[4] == "title: A title is needed." and "that you may see" in told[5]
    assert all(name in told[6] for name in ("record:", "due_at:", "assignee:", "state:")), told[6]
    assert "Cannot see this record: Charlie" in told[7]
    event = Event.objects.get(kind="work.task_created", subject_id=offer.pk)
    assert event.actor == cast.mona and event.data["import"] == job.pk
    given = Notice.objects.get(user=cast.alice)
    assert (given.kind, given.params["count"]) == ("work.tasks_given", 1)


def test_many_tasks_are_one_notice(cast: SimpleNamespace) -> None:
    imported(
        again(cast.mona), "tasks", csv_of("title|assignee", *[f"T{n}|alice@cast.test" for n in range(7)])
    )
    notice = Notice.objects.get(user=cast.alice)
    assert (notice.kind, notice.params["count"]) == ("work.tasks_given", 7)


def test_a_row_that_names_a_task_changes_it_by_its_rules(cast: SimpleNamespace, customer: Customer) -> None:
    alice = again(cast.alice)
    mine, done, theirs, gone = (
        task_create(by=None, assignee=user, title=title, subject=subject)
        for user, title, subject in (
            (cast.alice, "Mine", customer), (cast.alice, "Done", None), (cast.charlie, "Theirs", None),
            (cast.alice, "Gone", None),
        )
    )  # fmt: skip
    task_done(task=done, by=alice)
    task_archive(task=gone, by=alice)
    file = csv_of(
        "id|title|record|state",
        f"{mine.pk}|Mine now|customer {customer.pk}|done",
        f"{done.pk}|Other||",
        f"{done.pk}|Opened||open",
        f"{mine.pk}||lead 1|",
        f"{theirs.pk}|X||",
        f"{gone.pk}|X||",
        f"{done.pk}|Opened||OPEN",
    )
    job = imported(alice, "tasks", file)
    assert counts(job) == (0, 2, 1, 4), reasons(job)
    mine.refresh_from_db()
    done.refresh_from_db()
    assert (mine.title, mine.state) == ("Mine now", "done") and (done.title, done.state) == ("Opened", "open")
    told = reasons(job)
    assert told[1] == "This task is closed." and told[3] == "A task stays on the record it was planned on."
    assert "that you may see" in told[4] and told[5] == "This record is archived."
    import_undo(job=job, by=alice)
    mine.refresh_from_db()
    done.refresh_from_db()
    assert (mine.title, mine.state) == ("Mine", "open") and (done.title, done.state) == ("Done", "done")


def test_an_undo_archives_what_nobody_worked_on(cast: SimpleNamespace) -> None:
    alice = again(cast.alice)
    job = imported(alice, "tasks", csv_of("title|state", "One|", "Two|done", "Three|"))
    three = Task.objects.get(title="Three")
    task_cancel(task=three, by=alice)
    job = import_undo(job=job, by=alice)
    assert job.kept_after_undo == [three.pk]
    assert list(Task.objects.filter(archived_at=None)) == [three]


def test_a_dry_run_writes_and_tells_nothing(cast: SimpleNamespace) -> None:
    mona = again(cast.mona)
    job = imported(mona, "tasks", csv_of("title|assignee", "One|alice@cast.test", "|"), dry_run=True)
    assert counts(job)[0] == 1 and not Task.objects.exists()
    assert not Notice.objects.filter(user=cast.alice).exists()
    import_start(job=job, by=mona)
    assert Import.objects.get().dry_run is False


def test_the_same_file_makes_nothing_twice(cast: SimpleNamespace) -> None:
    file = csv_of("title", "One", "Two")
    assert counts(imported(again(cast.alice), "tasks", file)) == (2, 0, 0, 0)
    assert counts(imported(again(cast.alice), "tasks", file)) == (0, 0, 2, 0)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_was_exported_comes_back_and_changes_nothing(
    format: str, cast: SimpleNamespace, customer: Customer, call: Call
) -> None:
    mona = again(cast.mona)
    when = datetime(2030, 1, 2, 16, 0, 5, 123456, tzinfo=UTC)
    task_create(
        by=mona, assignee=cast.alice, title="=Two  blanks", details="@alice\r\n  - 'a'\n+1 \"b\"", due_at=when,
        remind_at=when - timedelta(hours=16, seconds=5, microseconds=123456), subject=customer,
    )  # fmt: skip
    task_done(task=task_create(by=mona, assignee=cast.bob, title="2030-01-02", kind="follow_up"), by=mona)
    task_cancel(task=task_create(by=None, assignee=cast.alice, title="No"), by=mona)
    left = task_create(by=None, assignee=cast.bob, title="Of somebody who left")
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    before = states()
    job = imported(mona, "tasks", exported(cast.mona, format), name=f"tasks.{format}")
    assert counts(job) == (0, 0, 4, 0), reasons(job)
    assert states() == before and Task.objects.get(pk=left.pk).version == 1


def test_who_may_and_where_the_door_stands(call: Call, cast: SimpleNamespace, browse: Any) -> None:
    assert posted(call("alice"), "tasks", csv_of("title", "One")).status_code == 201
    assert posted(call("auditor"), "tasks", csv_of("title", "One")).status_code == 403
    page = browse("alice").get("/tasks/?assignee=me").content.decode()
    assert "/imports/new/?resource=tasks" in page
    assert "/imports/new/?resource=" not in browse("auditor").get("/tasks/?assignee=me").content.decode()
    offered = browse("mona").get("/imports/new/").context["form"]
    codes = [code for code, _title in offered.fields["resource"].choices]
    assert codes == ["customers", "contacts", "opportunities", "tasks", "partners"]
    assert offered.initial["resource"] == "customers", "whatever app declared its kinds first"


def test_a_moment_is_read_as_it_was_said_also_in_the_hour_that_comes_twice() -> None:
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    for hour in range(22, 26):
        moment = datetime(2030, 10, 26, tzinfo=UTC) + timedelta(hours=hour, minutes=30)
        assert moment_read(moment_said(moment, berlin), berlin, MORNING) == moment
    assert moment_said(datetime(2030, 1, 2, 8, 0, tzinfo=UTC), berlin) == "2030-01-02 09:00"
    for text in ("soon", "2030-13-01", "2030-01-01 25:00", "0001-01-01 00:00+14:00", "1"):
        with pytest.raises(ValueError):
            moment_read(text, berlin, MORNING)
