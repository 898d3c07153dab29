"""Statements that are planned once per connection answer as any other does."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from salesflow.lib.bulk import insert_few, insert_values
from salesflow.lib.prepared import MOST_KEPT, Statement, record_read, sent_together
from salesflow.people.models import Department

pytestmark = pytest.mark.django_db
ADD = Statement("SELECT %s::int + %s::int, '100%%'")
NAMED = Statement(
    "SELECT %(word)s::text || %(end)s || %(word)s::text", names=("word",), fixed={"end": "it's $1; %s"}
)


def held() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("prepared", [True, False])
def test_values_come_to_their_places_and_fixed_ones_stay(settings, prepared):
    settings.PREPARED_STATEMENTS = prepared
    assert ADD.rows(2, 3) == [(5, "100%")]
    assert NAMED.rows("a'b") == [("a'bit's $1; %sa'b",)]


def test_it_is_prepared_once_and_outlives_what_is_rolled_back():
    statement = Statement("SELECT %s::int")
    before = held()
    with transaction.atomic():
        statement.rows(1)
        transaction.set_rollback(True)
    assert [statement.rows(number) for number in (2, 3)] == [[(2,)], [(3,)]]
    assert held() == before + 1


def test_a_process_does_not_collect_them_for_ever():
    for number in range(MOST_KEPT + 20):
        assert Statement(f"SELECT {number}").rows() == [(number,)]
    assert held() <= MOST_KEPT
    assert ADD.rows(1, 1) == [(2, "100%")], "one that was dropped is prepared again"


def test_who_listens_hears_it():
    with CaptureQueriesContext(connection) as said:
        ADD.rows(1, 2)
    assert len(said) == 1 and said[0]["sql"].startswith("EXECUTE")


def test_a_broken_constraint_is_djangos_own_error_or_left_out_when_told():
    row = [("Sales", 1)]
    names = ("name", "version")
    assert len(insert_few(Department, names, row, returning=("id",))) == 1
    assert insert_few(Department, names, row, once=True, returning=("id",)) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_few(Department, names, row)


def test_a_record_is_read_as_the_orm_reads_it():
    made = Department.objects.create(name="Sales")
    assert (
        record_read(Department, made.pk).__dict__.keys() == Department.objects.get(pk=made.pk).__dict__.keys()
    )
    assert record_read(Department, made.pk).name == "Sales"
    with pytest.raises(ObjectDoesNotExist):
        record_read(Department, made.pk + 1)


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew():
    assert ADD.rows(1, 2) == [(3, "100%")]
    connection.close()
    assert ADD.rows(2, 2) == [(4, "100%")]


@pytest.mark.parametrize("prepared", [True, False])
def test_what_nobody_waits_for_goes_with_the_next_that_is_wanted(settings, prepared):
    settings.PREPARED_STATEMENTS = prepared
    names = ("name", "version")
    with CaptureQueriesContext(connection) as said, sent_together():
        insert_few(Department, names, [("50% off; it's", 1)])
        insert_few(Department, names, [("Sales", 1)])
        assert not said.captured_queries
        assert len(insert_few(Department, names, [("Service", 1)], returning=("id",))) == 1
        assert len(said.captured_queries) == 1
        insert_few(Department, names, [("Legal", 1)])
    assert len(said) == 2
    written = Department.objects.filter(name__in=["50% off; it's", "Sales", "Service", "Legal"])
    assert list(written.order_by("pk").values_list("name", flat=True)) == [
        "50% off; it's", "Sales", "Service", "Legal",
    ]  # fmt: skip


def test_what_is_refused_together_is_djangos_own_error_and_nothing_is_left_waiting():
    names = ("name", "version")
    with pytest.raises(IntegrityError), transaction.atomic(), sent_together():
        insert_few(Department, names, [("Sales", 1)])
        insert_few(Department, names, [("Sales", 1)])
    assert not Department.objects.filter(name="Sales").exists()
    with pytest.raises(ZeroDivisionError), sent_together():
        insert_few(Department, names, [("Legal", 1)])
        1 / 0  # noqa: B018
    assert ADD.rows(1, 1) == [(2, "100%")]
    assert not Department.objects.filter(name="Legal").exists()


def test_many_rows_do_not_overtake_the_few_that_wait():
    names = ("name", "version")
    with sent_together():
        insert_few(Department, names, [("First", 1)])
        insert_values(Department, names, [(f"Many {number}", 1) for number in range(40)])
    made = Department.objects.filter(name__in=["First", "Many 0"]).order_by("pk")
    assert [each.name for each in made] == ["First", "Many 0"]
