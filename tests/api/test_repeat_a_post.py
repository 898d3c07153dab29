"""An Idempotency-Key repeats the first answer for a day, also when both requests come at once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from salesflow.journal.models import Event
from salesflow.people.models import Department, IdempotentAnswer
from salesflow.people.services import config_record_create
from salesflow.people.tasks import tidy
from salesflow.work.models import Task
from tests.api.conftest import Caller, caller_of, make_cast

Call = Callable[..., Caller]
KEY = {"Idempotency-Key": "order-4711"}


def test_the_first_answer_is_repeated_and_the_deed_is_not(call: Call) -> None:
    admin = call("admin")
    first = admin.post("departments/", {"name": "Lab"}, headers=KEY)
    events = Event.objects.count()
    second = admin.post("departments/", {"name": "Lab"}, headers=KEY)
    assert (second.status_code, second.json()) == (201, first.json())
    assert [second.headers[name] for name in ("ETag", "Location")] == [
        first.headers[name] for name in ("ETag", "Location")
    ]
    assert second.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert (Department.objects.count(), Event.objects.count()) == (1, events)


def test_the_order_of_names_in_a_body_makes_no_difference(call: Call) -> None:
    admin = call("admin")
    admin.post("tasks/", {"title": "Call", "details": "soon"}, headers=KEY)
    again = admin.post("tasks/", {"details": "soon", "title": "Call"}, headers=KEY)
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(("path", "body"), [("departments/", {"name": "Other"}), ("teams/", {"name": "Lab"})])
def test_another_request_under_the_same_key_is_a_422(call: Call, path: str, body: dict[str, str]) -> None:
    admin = call("admin")
    admin.post("departments/", {"name": "Lab"}, headers=KEY)
    refused = admin.post(path, body, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert Department.objects.count() == 1


def test_keys_of_different_people_do_not_meet(call: Call) -> None:
    first = call("alice").post("tasks/", {"title": "Call"}, headers=KEY).json()
    second = call("bob").post("tasks/", {"title": "Call"}, headers=KEY).json()
    assert first["id"] != second["id"]


def test_a_refusal_by_the_records_state_is_repeated_too(call: Call) -> None:
    admin = call("admin")
    task = admin.post("tasks/", {"title": "Call"}).json()
    admin.post(f"tasks/{task['id']}/complete/")
    refused = admin.post(f"tasks/{task['id']}/complete/", headers=KEY)
    assert refused.status_code == 409
    admin.post(f"tasks/{task['id']}/reopen/")
    again = admin.post(f"tasks/{task['id']}/complete/", headers=KEY)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")


def test_input_that_could_not_be_read_leaves_the_key_free(call: Call) -> None:
    admin = call("admin")
    assert admin.post("departments/", {"name": ""}, headers=KEY).status_code == 400
    assert admin.post("departments/", {"name": "Lab"}, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "schlüssel"])
def test_a_key_that_is_none_is_a_400(call: Call, key: str) -> None:
    assert (
        call("admin").post("departments/", {"name": "Lab"}, headers={"Idempotency-Key": key}).status_code
        == 400
    )


def test_after_a_day_the_key_is_free_again(call: Call) -> None:
    admin = call("admin")
    first = admin.post("tasks/", {"title": "Call"}, headers=KEY).json()
    IdempotentAnswer.objects.update(created_at=Now() - timedelta(hours=24, seconds=1))
    second = admin.post("tasks/", {"title": "Call"}, headers=KEY).json()
    assert first["id"] != second["id"]
    IdempotentAnswer.objects.update(created_at=Now() - timedelta(hours=24, seconds=1))
    tidy()
    assert IdempotentAnswer.objects.count() == 0


def race(caller_of_each: Callable[[], Caller], headers: dict[str, str], number: int) -> list[Any]:
    """The same POST from several threads at once, each with a connection of its own."""
    answers: list[Any] = []
    gate = threading.Barrier(number)

    def run() -> None:
        caller = caller_of_each()
        try:
            gate.wait(10)
            answers.append(caller.post("tasks/", {"title": "Once"}, headers=headers))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _each in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_executes_and_both_get_its_answer() -> None:
    """Shown with the guard removed in the same test: without the key eight requests make eight tasks."""
    cast = make_cast()
    unguarded = race(lambda: caller_of(cast.admin), {}, 8)
    assert len({answer.json()["id"] for answer in unguarded}) == Task.objects.count() == 8
    guarded = race(lambda: caller_of(cast.admin), KEY, 8)
    assert [answer.status_code for answer in guarded] == [201] * 8
    assert len({answer.json()["id"] for answer in guarded}) == 1
    assert Task.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_is_rolled_back_takes_its_key_along(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    admin = caller_of(cast.admin)
    from salesflow.people.api import config_records

    def broken(*args: Any, **kwargs: Any) -> Any:
        config_record_create(*args, **kwargs)
        raise RuntimeError("killed after the deed")

    monkeypatch.setattr(config_records, "config_record_create", broken)
    with pytest.raises(RuntimeError):
        admin.post("departments/", {"name": "Lab"}, headers=KEY)
    assert (Department.objects.count(), IdempotentAnswer.objects.count()) == (0, 0)
    monkeypatch.undo()
    assert admin.post("departments/", {"name": "Lab"}, headers=KEY).status_code == 201
