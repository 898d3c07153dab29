"""Paging by cursor: complete, in order, stable while rows come and go, and as cheap deep as on the first page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from salesflow.lib.lists import Cursor, Order, fetch
from salesflow.people.models import Department
from salesflow.work.models import Task
from tests.api.conftest import Caller, codes

Call = Callable[..., Caller]
NOW = datetime(2026, 1, 1, microsecond=123456, tzinfo=UTC)


def make_tasks(cast: SimpleNamespace, dues: list[datetime | None]) -> list[Task]:
    return Task.objects.bulk_create(
        [Task(title=f"Task {place}", assignee=cast.alice, due_at=due) for place, due in enumerate(dues)]
    )


def walk(rows: QuerySet[Any], order: Order, size: int, *, back: bool = False) -> list[int]:
    """The ids of all pages one after the other; `back` walks from the end to the beginning again."""
    page, seen = fetch(rows, order, None, size), []
    while True:
        seen += [row.pk for row in page.rows]
        if page.next is None:
            break
        page = fetch(rows, order, reread(page.next, order), size)
    if not back:
        return seen
    seen = [row.pk for row in page.rows]
    while page.previous is not None:
        page = fetch(rows, order, reread(page.previous, order), size)
        seen = [row.pk for row in page.rows] + seen
    return seen


def reread(cursor: Cursor, order: Order) -> Cursor:
    """The cursor after a trip through an address."""
    return Cursor.read(str(cursor), order, Task)


@pytest.mark.parametrize("key", ["due_at", "-due_at"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("back", [False, True])
def test_each_row_comes_once_and_those_without_a_value_last(
    cast: SimpleNamespace, key: str, size: int, back: bool
) -> None:
    dues = [NOW, None, NOW + timedelta(hours=1), NOW, None, NOW - timedelta(hours=1), NOW, None]
    tasks = make_tasks(cast, dues)
    order = Order.of(key, "due_at")
    sign = -1 if order.descending else 1
    known = sorted((t for t in tasks if t.due_at), key=lambda t: (t.due_at, t.pk), reverse=order.descending)
    unknown = sorted((t for t in tasks if not t.due_at), key=lambda t: sign * t.pk)
    assert walk(Task.objects.all(), order, size, back=back) == [task.pk for task in (*known, *unknown)]


def test_a_page_never_shifts_when_rows_come_in_before_it(call: Call, cast: SimpleNamespace) -> None:
    for number in range(6):
        Department.objects.create(name=f"Department {number}")
    admin = call("admin")
    first = admin.get("departments/?ordering=-id&page_size=2").json()
    Department.objects.create(name="Department 9")
    second = admin.get(first["next"]).json()
    assert [row["name"] for row in second["results"]] == ["Department 3", "Department 2"]
    again = admin.get(second["previous"]).json()
    assert [row["name"] for row in again["results"]] == ["Department 5", "Department 4"]


def test_the_address_of_the_next_page_keeps_filters_and_size(call: Call, cast: SimpleNamespace) -> None:
    for number in range(4):
        Department.objects.create(name=f"研发 {number}")
    page = call("admin").get("departments/?search=研发&page_size=3&ordering=-name").json()
    query = parse_qs(urlsplit(page["next"]).query)
    assert (query["search"], query["page_size"], query["ordering"]) == (["研发"], ["3"], ["-name"])
    last = call("admin").get(page["next"]).json()
    assert [row["name"] for row in last["results"]] == ["研发 0"]
    assert last["next"] is None


def test_the_first_page_has_no_previous_and_an_empty_list_no_neighbours(call: Call) -> None:
    page = call("admin").get("territories/").json()
    assert page == {"next": None, "previous": None, "results": []}


def test_a_page_holds_at_most_500(call: Call, cast: SimpleNamespace) -> None:
    Department.objects.bulk_create([Department(name=f"D{number:04}") for number in range(501)])
    page = call("admin").get("departments/?page_size=100000").json()
    assert len(page["results"]) == 500
    assert len(call("admin").get("departments/").json()["results"]) == 50


@pytest.mark.parametrize("size", ["0", "-1", "x", "1.5", "１２", "1e9"])
def test_a_page_size_that_is_none_is_refused(call: Call, size: str) -> None:
    assert codes(call("admin").get(f"departments/?page_size={size}")) == [("page_size", "invalid")]


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "é",
        "W10",  # []
        str(Cursor("name", False, ("A", 1))),  # of another ordering
        str(Cursor("-created_at", False, ("not a time", 1))),
        str(Cursor("-created_at", False, ("2026-01-01T00:00:00", 1))),  # without an offset
        str(Cursor("-created_at", False, (None, 1))),
        str(Cursor("-created_at", False, (NOW, None))),
        str(Cursor("-created_at", False, (NOW, 2**63))),
        str(Cursor("-created_at", False, (NOW, "1; DROP TABLE"))),
        str(Cursor("-created_at", False, (NOW,))),
        "A" * 4000,
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(call: Call, text: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"ordering": "-created_at", "cursor": text})
    response = call("admin").get(f"departments/?{query.urlencode()}")
    assert (response.status_code, codes(response)) == (400, [("cursor", "invalid_cursor")])


def test_a_deep_page_descends_the_index_instead_of_reading_what_is_before_it(cast: SimpleNamespace) -> None:
    Task.objects.bulk_create(
        [
            Task(
                title="x", assignee=cast.alice, due_at=NOW + timedelta(minutes=number) if number % 3 else None
            )
            for number in range(6000)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE work_task")
    order = Order.of("due_at", "due_at")
    rows = Task.objects.filter(assignee=cast.alice, state="open")
    deep = rows.filter(due_at__isnull=False).order_by("due_at", "id")[3500]
    place = Cursor("due_at", False, (deep.due_at, deep.pk))
    with connection.cursor() as cursor:
        statements: list[str] = []
        with connection.execute_wrapper(
            lambda run, sql, params, many, ctx: _kept(statements, run, sql, params, many, ctx)
        ):
            fetch(rows, order, place, 50)
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {statements[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "task_open_of_person" in plan and "Sort" not in plan and "Rows Removed" not in plan, plan


def _kept(statements: list[str], run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    statements.append(connection.connection.cursor().mogrify(sql, params).decode())
    return run(sql, params, many, context)


def test_the_count_counts_what_the_same_filters_list(call: Call, cast: SimpleNamespace) -> None:
    for number in range(4):
        Department.objects.create(name=f"Sales {number}")
    Department.objects.create(name="Legal")
    admin = call("admin")
    assert admin.get("departments/count/").json() == {"count": 5}
    assert admin.get("departments/count/?search=sal").json() == {"count": 4}
    assert codes(admin.get("departments/count/?colour=red")) == [("colour", "unknown_filter")]
