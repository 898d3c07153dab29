"""The journal cannot be edited, tells what changed, and shows when somebody tampered with it all the same."""

import gc
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from salesflow.journal.models import Event, EventPrivate, Seal
from salesflow.journal.services import audit_verify, events_seal, record, seal
from salesflow.journal.tasks import sweep_seal
from salesflow.people.models import User
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


def _tamper(*statements: str) -> None:
    """As the owner of the tables would, who can switch off what guards them."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("journal_event", "journal_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("journal_event", "journal_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


FIRST = "(SELECT min(id) FROM journal_event)"
UNSEAL = f"DELETE FROM journal_sealedevent WHERE event_id = {FIRST}"
REMOVED = (
    UNSEAL,
    f"DELETE FROM journal_delivery WHERE event_id = {FIRST}",
    f"DELETE FROM journal_event WHERE id = {FIRST}",
)


@pytest.fixture
def chain(db: None) -> Seal:
    """Two seals over a handful of events, one of them with personal values; gives the second."""
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep"])
    user_change(user=person, by=None, name="Pat")
    assert events_seal()["processed"] == Event.objects.count()
    user_change(user=person, by=None, name="Patricia")
    assert events_seal()["processed"] == 1
    assert events_seal()["processed"] == 0
    assert audit_verify().problems == []
    return Seal.objects.latest("pk")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([f"UPDATE journal_event SET kind = 'people.nothing' WHERE id = {FIRST}"], "seal {first}: its hash"),
        ([f"UPDATE journal_event SET at = at - interval '1 s' WHERE id = {FIRST}"], "seal {first}: its hash"),
        (REMOVED, "seal {first}: 2 events"),
        (
            (*REMOVED, "UPDATE journal_seal SET events = events - 1 WHERE id = (SELECT min(id) FROM journal_seal)"),
            "seal {first}: its hash",
        ),
        (["UPDATE journal_eventprivate SET data = '{}'"], "event {private}: the personal values differ"),
        (["UPDATE journal_eventprivate SET salt = 'x'"], "event {private}: the personal values differ"),
        (["UPDATE journal_seal SET hash = repeat('0', 64)"], "seal {first}: its hash"),
        (
            ["UPDATE journal_seal SET hash = repeat('0', 64) WHERE id = {last}"],
            "seal {last}: its hash",
        ),
        (
            ["UPDATE journal_sealedevent SET seal_id = {last}", "DELETE FROM journal_seal WHERE id = {first}"],
            "seal {last}: 1 events",
        ),
    ],
    ids=[
        "a changed event", "an event made older", "a removed event", "a removed event and its seal's count",
        "a changed value", "a changed salt", "all seals", "the last seal", "two seals made one",
    ],
)  # fmt: skip
def test_a_chain_holds_until_somebody_touches_it(chain: Seal, statements: list[str], told: str):
    names = {
        "first": Seal.objects.earliest("pk").pk,
        "last": chain.pk,
        "private": EventPrivate.objects.earliest("pk").pk,
    }
    told = told.format(**names)
    _tamper(
        *[
            statement.replace("{first}", str(names["first"])).replace("{last}", str(chain.pk))
            for statement in statements
        ]
    )
    verdict = audit_verify()
    assert verdict.broken and verdict.problems[0].startswith(told), verdict.problems
    with pytest.raises(CommandError, match=f"broken at {told}"):
        call_command("verify_audit", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_a_chain_cut_off_at_its_end_is_found_by_the_head_noted_before(chain: Seal):
    out = StringIO()
    call_command("verify_audit", "--json", "--head", chain.hash, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["ok"], told["seals"], told["unsealed"], told["head"]) == (True, 2, 0, chain.hash)
    _tamper(
        f"DELETE FROM journal_sealedevent WHERE seal_id = {chain.pk}",
        f"DELETE FROM journal_seal WHERE id = {chain.pk}",
    )
    assert audit_verify().problems == []
    assert audit_verify(head=chain.hash).problems == [
        f"no seal has the hash {chain.hash}: the chain was cut off or made anew"
    ]


@pytest.mark.django_db(transaction=True)
def test_an_event_slipped_in_among_sealed_ones_is_found(chain: Seal):
    """Its number is one that was left out, and everything up to there was sealed long ago."""
    _tamper(
        "UPDATE journal_seal SET sealed_at = now() - interval '2 h'",
        "INSERT INTO journal_event (id, at, kind, subject_type, subject_id, data, private_digest, request_id, txid)"
        " VALUES (0, now() - interval '1 day', 'people.user_created', 'people.user', 1, '{}', '', '', 1)",
    )
    assert events_seal()["processed"] == 0, "it will never be sealed"
    assert audit_verify().problems == ["event 0: slipped in where everything had been sealed"]


@pytest.mark.django_db(transaction=True)
def test_the_walk_holds_a_few_events_at_a_time(chain: Seal, monkeypatch: pytest.MonkeyPatch):
    """A seal is read in pieces, so that neither its size nor that of the journal counts."""
    for number in range(10):
        user_change(user=User.objects.get(), by=None, name=f"Pat {number}")
    assert events_seal()["processed"] == 10
    monkeypatch.setattr(seal, "CHUNK", 2)
    held = []
    plain = seal._text

    def counted(event: Event) -> str:
        held.append(sum(isinstance(thing, Event) for thing in gc.get_objects()))
        return plain(event)

    monkeypatch.setattr(seal, "_text", counted)
    gc.collect()
    assert audit_verify().problems == [] and len(held) == Event.objects.count() == 13
    assert max(held) <= 4


@pytest.mark.django_db(transaction=True)
def test_the_sealer_goes_on_until_nothing_is_left(chain: Seal, monkeypatch: pytest.MonkeyPatch):
    """After an import there are many batches."""
    for number in range(7):
        user_change(user=User.objects.get(), by=None, name=f"Pat {number}")
    monkeypatch.setattr(seal, "BATCH", 3)
    assert sweep_seal() == {"sealed": 7}
    assert list(Seal.objects.order_by("pk").values_list("events", flat=True))[-3:] == [3, 3, 1]
    assert audit_verify().problems == [] and sweep_seal() == {"sealed": 0}


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
