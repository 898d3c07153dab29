"""The journal cannot be edited, tells what changed, and shows when somebody tampered with it all the same."""

import pytest
from django.db import DatabaseError, connection, transaction

from salesflow.journal.models import Event, EventPrivate, Seal
from salesflow.journal.services import audit_verify, events_seal, record
from salesflow.people.services import user_change, user_create


@pytest.mark.django_db
def test_events_refuse_change_and_deletion():
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep"])
    event = Event.objects.get(subject_id=person.pk, kind="people.user_created")
    for deed in (
        lambda: Event.objects.filter(pk=event.pk).update(kind="x"),
        lambda: Event.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()
    assert Event.objects.get(pk=event.pk).kind == "people.user_created"


@pytest.mark.django_db
def test_an_event_outside_a_transaction_is_refused_and_changes_are_kept_apart():
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep"])
    user_change(user=person, by=None, name="Pat")
    event = Event.objects.get(kind="people.user_changed")
    assert event.data == {"fields": ["name"]} and "Pat" not in str(event.data)
    assert event.private.data == {"changes": {"name": ["P", "Pat"]}}


def _tamper(statement: str) -> None:
    """As somebody with the database's own rights would."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_event DISABLE TRIGGER event_no_change")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE journal_event ENABLE TRIGGER event_no_change")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_event SET kind = 'people.nothing' WHERE id = (SELECT min(id) FROM journal_event)",
        "UPDATE journal_eventprivate SET data = '{}' WHERE event_id = (SELECT min(event_id) FROM journal_eventprivate)",
    ],
)
def test_a_chain_holds_until_somebody_touches_it(statement: str):
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep"])
    user_change(user=person, by=None, name="Pat")
    assert events_seal()["processed"] == Event.objects.count()
    assert events_seal()["processed"] == 0
    assert audit_verify().problems == []
    _tamper(statement)
    assert audit_verify().problems


@pytest.mark.django_db(transaction=True)
def test_erasing_the_personal_part_leaves_the_chain_whole():
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep"])
    user_change(user=person, by=None, name="Pat")
    events_seal()
    EventPrivate.objects.all().delete()
    verdict = audit_verify()
    assert verdict.problems == [] and verdict.events == Event.objects.count() and Seal.objects.count() == 1


@pytest.mark.django_db
def test_recording_needs_a_transaction(django_db_blocker: object):
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep"])
    with transaction.atomic():
        assert record("people.user_changed", subject=person, by=None)
