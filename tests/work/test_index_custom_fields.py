"""A field that is marked gets an index beside the work that goes on; filters and orderings are answered by it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import QueryDict

from leads.lists import LeadList
from leads.models import Lead
from leads.services.defaults import leads_ensure_defaults
from salesflow.lib.lists.request import ListRequest
from salesflow.people.models import User
from salesflow.work.models import CustomField
from salesflow.work.services import custom_indexes
from salesflow.work.services.custom_indexes import custom_indexes_settle, index_name
from tests.api.conftest import Caller, caller_of, make_cast
from tests.leads.cast import unsaved

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = {
    "size": "number", "worth": "money", "opened": "date", "tier": "choice", "uses": "multi_choice", "note": "text",
}  # fmt: skip
VALUES = """
    UPDATE leads_lead SET custom = CASE WHEN id % 10 = 0 THEN '{"size": "many"}'::jsonb ELSE jsonb_build_object(
        'size', id % 700, 'worth', jsonb_build_object('amount', id || '.00', 'currency', 'EUR'),
        'opened', to_char(date '2020-01-01' + (id % 700)::int, 'YYYY-MM-DD'), 'tier', 'T' || id % 500,
        'uses', jsonb_build_array('U' || id % 500), 'note', repeat('n', 1500) || id
    ) END
"""


@pytest.fixture
def rest() -> Iterator[Caller]:
    """The administrator of a company; no index stays behind."""
    cast = make_cast()
    leads_ensure_defaults()
    yield caller_of(cast.admin)
    with connection.cursor() as cursor:
        for name in indexes():
            cursor.execute(f"DROP INDEX {name}")


def fill(number: int) -> None:
    """So many leads, each tenth with a text where a number should be."""
    Lead.objects.bulk_create(unsaved() for _each in range(number))
    with connection.cursor() as cursor:
        cursor.execute(VALUES)


def add(rest: Caller, key: str, **values: Any) -> dict[str, Any]:
    choices = [f"T{n}" for n in range(5)] if "choice" in KINDS[key] else []
    given = {
        "resource": "leads",
        "key": key,
        "label": key.title(),
        "kind": KINDS[key],
        "choices": choices,
        **values,
    }
    made = rest.post("custom-fields/", given)
    assert made.status_code == 201, made.content
    return made.json()


def plan(query: str) -> str:
    admin = User.objects.with_role("admin").get()
    wanted = ListRequest.parse(LeadList(), QueryDict(query), admin)
    rows = wanted.rows().annotate(**wanted.order.made).order_by(*wanted.order.columns)
    return rows.only("id")[:20].explain()


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'i' AND relname LIKE 'custom_field_%%'")
        return {name for (name,) in cursor.fetchall() if name.removeprefix("custom_field_").isdecimal()}


def ordered(rest: Caller, ordering: str) -> list[tuple[Any, int]]:
    """The sizes and ids of all pages in this order."""
    found, address = [], f"leads/?ordering={ordering}&page_size=300"
    while address:
        page = rest.get(address).json()
        found += [(each["custom"]["size"], each["id"]) for each in page["results"]]
        address = page["next"]
    return found


def test_filters_and_orderings_use_it_and_it_goes_when_it_is_unmarked(rest: Caller) -> None:
    fill(800)
    fields = {key: add(rest, key, indexed=True) for key in KINDS}
    assert {field["index_state"] for field in fields.values()} == {"waiting"}
    assert rest.get("leads/?ordering=custom.size").status_code == 400
    assert custom_indexes_settle() == {"built": 6, "dropped": 0, "failed": 0}
    assert custom_indexes_settle() == {"built": 0, "dropped": 0, "failed": 0}
    names = {key: f"custom_field_{field['id']}" for key, field in fields.items()}
    assert indexes() == set(names.values())
    assert {each["index_state"] for each in rest.get("custom-fields/").json()["results"]} == {"ready"}
    for key, asked in (
        ("size", "filter=custom.size = 7"), ("worth", "filter=custom.worth < 3"), ("tier", "filter=custom.tier = T7"),
        ("opened", "filter=custom.opened = 2020-02-01"), ("uses", "filter=custom.uses = U7"),
        ("note", "filter=custom.note = nn"), ("size", "ordering=custom.size"), ("worth", "ordering=-custom.worth"),
    ):  # fmt: skip
        assert names[key] in plan(asked), (asked, plan(asked))
    for ordering in ("custom.size", "-custom.size"):
        found = ordered(rest, ordering)
        values = [value for value, _pk in found if value != "many"]
        assert len({pk for _value, pk in found}) == len(found) == 800
        assert values == sorted(values, reverse=ordering.startswith("-"))
        # what is no number stands behind, in both directions
        assert {value for value, _pk in found[len(values) :]} == {"many"}
    again = rest.patch(f"custom-fields/{fields['size']['id']}/", {"indexed": False}).json()
    assert again["index_state"] == "dropping" and custom_indexes_settle()["dropped"] == 1
    assert indexes() == set(names.values()) - {names["size"]}
    assert CustomField.objects.get(key="size").index_state == ""


def test_what_went_wrong_is_said_and_tried_again_when_asked(
    rest: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(20)
    path = f"custom-fields/{add(rest, 'note')['id']}/"
    name = index_name(CustomField.objects.get())
    with monkeypatch.context() as patched:
        faulty = f"CREATE INDEX CONCURRENTLY {name} ON leads_lead (((custom ->> 'size')::int))"
        patched.setattr(custom_indexes, "index_sql", lambda field: faulty)
        assert rest.patch(path, {"indexed": True}).json()["index_state"] == "waiting"
        assert custom_indexes_settle()["failed"] == 1
    told = rest.get(path).json()
    assert (
        told["index_state"] == "failed"
        and "invalid input syntax" in told["index_error"]
        and indexes() == set()
    )
    assert rest.patch(path, {"indexed": True}).json()["index_error"] == ""
    # as a process leaves it that was killed while it built
    CustomField.objects.update(index_state="building")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {name} ON leads_lead (id)")
    with transaction.atomic():
        assert custom_indexes_settle()["built"] == 0  # never inside a transaction
    assert custom_indexes_settle()["built"] == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
        assert "USING hash" in cursor.fetchone()[0]
    assert rest.patch(path, {"kind": "number"}).status_code == 409
    assert rest.patch(path, {"label": "Remark"}).json()["index_state"] == "ready"
