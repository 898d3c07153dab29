"""A leaver's records go to others: previewed, each once, also when a worker is killed, and everybody is told once."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from contacts.models import Customer, Opportunity
from leads.models import Lead, Ownership
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event, Notice
from salesflow.people.models import ApiToken, Role
from salesflow.work.handover import HandoverKind, handover_kinds
from salesflow.work.models import Handover, HandoverRow, Task
from salesflow.work.services import handover_run, handover_start, handovers
from salesflow.work.services.tasks import task_create
from tests.api.conftest import codes
from tests.leads import cast as scene

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def pool(cast: SimpleNamespace) -> None:
    scene.default_pool(members=[cast.alice, cast.bob], managers=[cast.mona])


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two, and nothing at once."""
    monkeypatch.setattr(handovers, "BATCH", 2)
    monkeypatch.setattr(handovers, "AT_ONCE", 0)


@pytest.fixture
def carol(cast: SimpleNamespace) -> Any:
    return scene.person("carol", team=cast.ours)


def holdings(cast: SimpleNamespace) -> SimpleNamespace:
    """What Alice holds: two fresh leads and one in work, two customers with opportunities, tasks."""
    fresh, worked = scene.leads_of(cast.alice, 2), scene.lead_of(cast.alice)
    worked = scene.contact(worked, cast.alice, outcome="reached")
    customers = [Customer.objects.create(name=f"C{number}", owner=cast.alice) for number in range(2)]
    deals = [Opportunity.objects.create(name="O", customer=each, owner=cast.alice) for each in customers]
    won = Opportunity.objects.create(name="W", customer=customers[0], owner=cast.alice, state="won")
    task = task_create(by=None, assignee=cast.alice, title="Call", subject=customers[1])
    return SimpleNamespace(fresh=fresh, worked=worked, customers=customers, deals=deals, won=won, task=task)


def body(*people: Any, **more: Any) -> dict[str, Any]:
    return {"to": [{"user": person.pk} for person in people], **more}


def owners(model: Any, column: str = "owner") -> list[int]:
    return list(model.objects.order_by("pk").values_list(column, flat=True))


def open_clocks(lead: Lead) -> list[int | None]:
    running = Clock.objects.filter(subject_type="leads.lead", subject_id=lead.pk, state="running")
    return list(running.values_list("owner", flat=True))


# over REST


def test_everything_open_goes_to_one_person_and_what_is_past_stays(call: Call, cast: SimpleNamespace) -> None:
    mine = holdings(cast)
    answer = call("mona").post(f"users/{cast.alice.pk}/hand-over/", body(cast.bob))
    made = answer.json()
    assert (answer.status_code, made["status"], made["total"], made["moved"], made["refused"]) == (
        202, "done", 9, 9, 0,
    )  # fmt: skip
    assert scene.owners([*mine.fresh, mine.worked]) == [cast.bob.pk] * 3
    assert owners(Customer) == [cast.bob.pk] * 2
    assert owners(Opportunity) == [cast.bob.pk, cast.bob.pk, cast.alice.pk]
    assert set(Task.objects.filter(state="open").values_list("assignee", flat=True)) == {cast.bob.pk}
    parts = call("mona").get(f"hand-overs/{made['id']}/results/").json()["results"]
    assert [(part["kind"], part["moved"], part["restarted"]) for part in parts] == [
        ("leads", 3, 2), ("customers", 2, 0), ("opportunities", 2, 0), ("tasks", 2, 0),
    ]  # fmt: skip


def test_the_preview_counts_as_the_handover_deals_and_moves_nothing(
    call: Call, cast: SimpleNamespace, carol: Any
) -> None:
    holdings(cast)
    shares = {"to": [{"user": cast.bob.pk, "share": 2}, {"user": carol.pk, "share": 1}]}
    shown = call("mona").post(f"users/{cast.alice.pk}/hand-over/preview/", shares).json()["kinds"]
    assert [(part["kind"], part["count"]) for part in shown] == [
        ("leads", 3), ("customers", 2), ("opportunities", 2), ("tasks", 2), ("meetings", 0),
    ]  # fmt: skip
    assert not Handover.objects.exists() and owners(Customer) == [cast.alice.pk] * 2
    made = call("mona").post(f"users/{cast.alice.pk}/hand-over/", shares).json()
    parts = call("mona").get(f"hand-overs/{made['id']}/results/").json()["results"]
    got = {(part["kind"], part["to"]): part["moved"] for part in parts}
    assert got == {(part["kind"], to["user"]): to["count"] for part in shown for to in part["to"]}
    assert (got["leads", cast.bob.pk], got["leads", carol.pk]) == (2, 1)


def test_what_belongs_to_a_record_goes_where_that_went(call: Call, cast: SimpleNamespace, carol: Any) -> None:
    mine = holdings(cast)
    call("mona").post(f"users/{cast.alice.pk}/hand-over/", body(cast.bob, carol))
    by_customer = dict(Customer.objects.values_list("pk", "owner"))
    assert set(by_customer.values()) == {cast.bob.pk, carol.pk}
    for each in Opportunity.objects.filter(state="open"):
        assert each.owner_id == by_customer[each.customer_id]
    assert scene.fresh(mine.task).assignee_id == by_customer[mine.customers[1].pk]


def test_a_kind_may_go_to_somebody_else_or_stay(call: Call, cast: SimpleNamespace, carol: Any) -> None:
    holdings(cast)
    wanted = body(cast.bob, kinds={"customers": [{"user": carol.pk}], "leads": []})
    call("mona").post(f"users/{cast.alice.pk}/hand-over/", wanted)
    assert owners(Customer) == [carol.pk] * 2
    assert set(Lead.objects.values_list("owner", flat=True)) == {cast.alice.pk}


def test_nonsense_is_a_400_and_moves_nothing(call: Call, cast: SimpleNamespace) -> None:
    holdings(cast)
    address = f"users/{cast.alice.pk}/hand-over/"
    for wanted, wrong in (
        ({}, ("to", "required")),
        (body(cast.alice), ("to", "not_a_recipient")),
        (body(cast.charlie), ("to", "not_a_recipient")),
        (body(cast.bob, cast.bob), ("to", "invalid")),
        (body(cast.bob, kinds={"dreams": []}), ("kinds.dreams", "invalid_choice")),
        ({"to": [{"user": cast.bob.pk, "share": 0}]}, ("to.0.share", "min_value")),
    ):
        answer = call("mona").post(address, wanted)
        assert (answer.status_code, codes(answer)) == (400, [wrong]), wanted
    assert not Handover.objects.exists()


def test_only_who_is_above_the_person_hands_over(call: Call, cast: SimpleNamespace) -> None:
    for name in ("alice", "max", "auditor"):
        answer = call(name).post(f"users/{cast.alice.pk}/hand-over/", body(cast.bob))
        assert answer.status_code == 403, name


# on the page


def test_the_page_shows_what_it_comes_to_before_it_moves_anything(
    browse: Callable[..., Client], cast: SimpleNamespace, carol: Any
) -> None:
    holdings(cast)
    mona = browse("mona")
    whose = mona.get("/hand-overs/new/").content.decode()
    assert "Alice" in whose and "Charlie" not in whose
    address = f"/hand-overs/new/?person={cast.alice.pk}"
    assert mona.get(address).status_code == 200
    wanted = {"to_1": cast.bob.pk, "share_1": 2, "to_2": carol.pk, "share_2": 1, "kind_tasks": "stay"}
    shown = mona.post(address, {**wanted, "preview": "1"}).content.decode()
    assert "Bob: 2" in shown and "carol: 1" in shown and not Handover.objects.exists()
    answer = mona.post(address, {**wanted, "start": "1"})
    made = Handover.objects.get()
    assert answer.headers["Location"] == f"/hand-overs/{made.pk}/"
    result = mona.get(f"/hand-overs/{made.pk}/").content.decode()
    assert "Who got what" in result and "2 moved" in result
    assert set(Task.objects.filter(state="open").values_list("assignee", flat=True)) == {cast.alice.pk}


def test_the_page_keeps_what_was_typed_when_something_is_wrong(
    browse: Callable[..., Client], cast: SimpleNamespace
) -> None:
    mona, address = browse("mona"), f"/hand-overs/new/?person={cast.alice.pk}"
    for wanted in ({}, {"to_1": cast.charlie.pk}, {"to_1": cast.mona.pk}, {"to_1": "x", "share_1": "0"}):
        assert mona.post(address, {**wanted, "start": "1"}).status_code == 400, wanted
    assert mona.get(f"/hand-overs/new/?person={cast.charlie.pk}").status_code == 403
    assert mona.get("/hand-overs/new/?person=x").status_code == 404
    assert not Handover.objects.exists()


# clocks


def test_a_waiting_lead_gets_one_new_clock_and_a_mark_one_in_work_goes_on(cast: SimpleNamespace) -> None:
    mine = holdings(cast)
    scene.time_passes(mine.fresh, 3600)
    follow_up = scene.fresh(mine.worked).next_follow_up_at
    before = scene.clock_of(mine.fresh[0])
    made = handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    for lead in mine.fresh:
        assert open_clocks(lead) == [cast.bob.pk]
    clock = scene.clock_of(mine.fresh[0])
    assert clock.pk != before.pk and clock.started_at > before.started_at
    assert open_clocks(mine.worked) == []
    worked = scene.fresh(mine.worked)
    assert (worked.status, worked.next_follow_up_at) == ("contacted", follow_up)
    assert Task.objects.get(kind="follow_up").state == "open"
    marks = dict(
        HandoverRow.objects.filter(handover=made, kind="leads").values_list("record_id", "restarted")
    )
    assert marks == {mine.fresh[0].pk: True, mine.fresh[1].pk: True, mine.worked.pk: False}
    told = Event.objects.filter(kind="leads.handed_over").order_by("subject_id")
    assert [event.data["clock_restarted"] for event in told] == [True, True, False]
    ended = Ownership.objects.filter(owner=cast.alice)
    assert set(ended.values_list("end_reason", "end_detail")) == {("reassigned", "handover")}


# killed, taken up, twice


def test_a_killed_worker_loses_its_batch_and_the_next_goes_on_nothing_twice(
    cast: SimpleNamespace, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = scene.leads_of(cast.alice, 5)
    made = handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    assert handovers._batch(made.pk)
    good = handovers._move

    def killed(*args: Any) -> None:
        good(*args)
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(handovers, "_move", killed)
        with pytest.raises(SystemExit):
            handover_run(handover_id=made.pk)
    assert scene.owners(leads) == [cast.bob.pk] * 2 + [cast.alice.pk] * 3
    assert (scene.fresh(made).moved, HandoverRow.objects.count()) == (2, 2)
    assert handovers.handovers_sweep() == {"processed": 1}
    made = scene.fresh(made)
    assert (made.status, made.moved, made.refused) == ("done", 5, 0)
    assert scene.owners(leads) == [cast.bob.pk] * 5
    for lead in leads:
        assert open_clocks(lead) == [cast.bob.pk]
        assert Ownership.objects.filter(lead=lead).count() == 2
    assert Event.objects.filter(kind="leads.handed_over").count() == 5
    assert not handover_run(handover_id=made.pk)


def test_what_comes_meanwhile_is_moved_and_what_left_is_let_go(
    cast: SimpleNamespace, small_batches: None
) -> None:
    leads = scene.leads_of(cast.alice, 3)
    made = handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    handovers._batch(made.pk)
    late = scene.lead_of(cast.alice)
    handover_run(handover_id=made.pk)
    assert scene.owners([*leads, late]) == [cast.bob.pk] * 4
    assert scene.fresh(made).total == 4


def test_rights_are_asked_again_with_every_batch(cast: SimpleNamespace, small_batches: None) -> None:
    leads = scene.leads_of(cast.alice, 3)
    made = handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    handovers._batch(made.pk)
    cast.mona.roles.set(Role.objects.filter(code="finance"))
    handover_run(handover_id=made.pk)
    assert scene.fresh(made).status == "failed"
    assert scene.owners(leads) == [cast.bob.pk] * 2 + [cast.alice.pk]


def test_there_is_one_handover_of_a_person_at_a_time(
    call: Call, cast: SimpleNamespace, small_batches: None
) -> None:
    scene.leads_of(cast.alice, 3)
    address = f"users/{cast.alice.pk}/hand-over/"
    assert call("mona").post(address, body(cast.bob)).json()["status"] == "queued"
    again = call("mona").post(address, body(cast.bob))
    assert (again.status_code, again.json()["code"]) == (409, "hand_over_under_way")


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_does_a_batch(cast: SimpleNamespace, small_batches: None) -> None:
    scene.leads_of(cast.alice, 2)
    made = handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1)])
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM work_handover WHERE id = %s FOR NO KEY UPDATE", [made.pk])
        assert handovers._batch(made.pk) is None
        other.rollback()
        assert handovers._batch(made.pk) is True
    finally:
        other.close()


# the person, the news, other kinds


def test_a_leaver_loses_sign_in_and_tokens_by_an_administrator_only(
    call: Call, cast: SimpleNamespace
) -> None:
    scene.lead_of(cast.alice)
    address, wanted = f"users/{cast.alice.pk}/hand-over/", body(cast.bob, deactivate=True)
    alice = call("alice")
    assert call("mona").post(address, wanted).status_code == 403
    assert alice.get("me/").status_code == 200
    assert call("admin").post(address, wanted).json()["deactivated"] is True
    assert not scene.fresh(cast.alice).is_active
    assert not ApiToken.objects.filter(user=cast.alice, revoked_at=None).exists()
    assert alice.get("me/").status_code == 401
    assert set(Lead.objects.values_list("owner", flat=True)) == {cast.bob.pk}


def test_each_recipient_is_told_once_of_all_he_got(
    cast: SimpleNamespace, carol: Any, small_batches: None
) -> None:
    holdings(cast)
    Notice.objects.all().delete()
    made = handover_start(person=cast.alice, by=cast.mona, to=[(cast.bob.pk, 1), (carol.pk, 1)])
    handover_run(handover_id=made.pk)
    told = Notice.objects.exclude(user=cast.mona)
    assert sorted(told.values_list("user", "kind")) == sorted(
        [(cast.bob.pk, "work.handed_over"), (carol.pk, "work.handed_over")]
    )
    assert sum(notice.params["count"] for notice in told) == 9
    assert scene.notices(cast.mona) == ["work.handover_done"]


def test_kinds_of_later_apps_come_in_by_their_order() -> None:
    kinds = handover_kinds()
    assert [kind.key for kind in kinds] == ["leads", "customers", "opportunities", "tasks", "meetings"]
    assert all(isinstance(kind, HandoverKind) for kind in kinds)
