"""Versions: an ETag on each record, If-Match under lock, the last write wins without it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from salesflow.people.models import Department
from tests.api.conftest import Caller, caller_of, make_cast

Call = Callable[..., Caller]


@pytest.fixture
def lab(call: Call) -> dict[str, Any]:
    return call("admin").post("departments/", {"name": "Lab"}).json()


def test_each_answer_names_the_version_and_each_edit_counts_it(call: Call, lab: dict[str, Any]) -> None:
    admin, path = call("admin"), f"departments/{lab['id']}/"
    assert admin.get(path).headers["ETag"] == '"1"'
    changed = admin.patch(path, {"name": "Labs"})
    assert (changed.json()["version"], changed.headers["ETag"]) == (2, '"2"')
    same = admin.patch(path, {"name": "Labs"})
    assert same.json()["version"] == 2


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_an_edit_of_the_version_seen_is_taken(call: Call, lab: dict[str, Any], tag: str) -> None:
    changed = call("admin").patch(f"departments/{lab['id']}/", {"name": "Labs"}, headers={"If-Match": tag})
    assert changed.status_code == 200


@pytest.mark.parametrize("tag", ['"2"', '"0"', 'W/"9"', '"1x"', '""'])
def test_an_edit_of_another_version_is_a_412(call: Call, lab: dict[str, Any], tag: str) -> None:
    for answer in (
        call("admin").patch(f"departments/{lab['id']}/", {"name": "Labs"}, headers={"If-Match": tag}),
        call("admin").delete(f"departments/{lab['id']}/", headers={"If-Match": tag}),
    ):
        assert (answer.status_code, answer.json()["code"], answer.json()["version"]) == (412, "stale", 1)
    assert Department.objects.get().version == 1


@pytest.mark.parametrize("tag", ["1", "", '"1', "W/1", '"1" "2"'])
def test_what_is_no_entity_tag_is_a_400(call: Call, lab: dict[str, Any], tag: str) -> None:
    answer = call("admin").patch(f"departments/{lab['id']}/", {"name": "Labs"}, headers={"If-Match": tag})
    assert answer.status_code == 400


def test_without_a_tag_the_last_write_wins(call: Call, lab: dict[str, Any]) -> None:
    admin, path = call("admin"), f"departments/{lab['id']}/"
    admin.patch(path, {"name": "First"})
    assert admin.patch(path, {"name": "Second"}).json() == {
        **admin.get(path).json(),
        "name": "Second",
        "version": 3,
    }


def test_actions_obey_the_tag_too(call: Call) -> None:
    admin = call("admin")
    task = admin.post("tasks/", {"title": "Call"}).json()
    admin.patch(f"tasks/{task['id']}/", {"title": "Call again"})
    stale = admin.post(f"tasks/{task['id']}/complete/", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert admin.post(f"tasks/{task['id']}/complete/", headers={"If-Match": '"2"'}).json()["state"] == "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("headers", "taken"), [({"If-Match": '"1"'}, 1), ({}, 8)])
def test_of_edits_of_the_same_version_at_once_one_is_taken(headers: dict[str, str], taken: int) -> None:
    """Without the tag (the guard removed) all eight are taken, one over the other."""
    cast = make_cast()
    lab = Department.objects.create(name="Lab")
    gate, answers = threading.Barrier(8), []

    def edit(number: int) -> None:
        admin = caller_of(cast.admin)
        try:
            gate.wait(10)
            answers.append(admin.patch(f"departments/{lab.pk}/", {"name": f"Lab {number}"}, headers=headers))
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * taken + [412] * (8 - taken)
    assert Department.objects.get().version == 1 + taken


def test_delete_archives_and_restore_brings_back(call: Call, lab: dict[str, Any]) -> None:
    admin, path = call("admin"), f"departments/{lab['id']}/"
    gone = admin.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert admin.get(path).status_code == 404
    assert admin.get("departments/").json()["results"] == []
    assert [row["id"] for row in admin.get("departments/?archived=true").json()["results"]] == [lab["id"]]
    assert admin.get(f"{path}?archived=true").status_code == 200
    assert admin.patch(path, {"name": "x"}).status_code == 404
    back = admin.post(f"{path}restore/")
    assert (back.status_code, back.json()["name"]) == (200, "Lab")
    assert admin.get(path).status_code == 200
