"""Two people claim one customer: a case is opened, both have their say, a manager of both decides from the evidence."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from contacts.collision_models import CollisionCase
from contacts.models import Customer, Opportunity
from contacts.services import customer_create, lead_convert, opportunity_create
from contacts.services.collisions import collision_decide, collision_open, evidence_of
from leads.models import Lead, Reason
from leads.services import lead_create, lead_disqualify
from salesflow.journal.models import Event, Notice
from salesflow.journal.services import deliveries_carry
from salesflow.lib.errors import Conflict, PermissionDenied, ValidationError
from salesflow.people.models import User
from salesflow.work.models import Task
from tests.api.conftest import Caller
from tests.contacts.conftest import again, at_once, make_cast, make_lead
from tests.leads.cast import contact

Call = Callable[..., Caller]


def customer_of(owner: User, name: str = "Arbor Robotics Ltd") -> Customer:
    return customer_create(by=again(owner), values={"name": name}, allow_duplicate=True)


def rivals(cast: SimpleNamespace) -> tuple[Customer, Lead]:
    """Alice's customer, and Bob's lead of the same company."""
    return customer_of(cast.alice), make_lead(cast.bob, company_name="Arbor Robotics Ltd")


def opened(cast: SimpleNamespace) -> CollisionCase:
    return collision_open(record=rivals(cast)[1], by=again(cast.bob), reason="I met them at the fair.")


def decided(case: CollisionCase, by: User, outcome: str = "claimant") -> CollisionCase:
    return collision_decide(case=case, by=again(by), outcome=outcome, note="He was there first.")


def kinds(user: User) -> list[str]:
    return list(
        Notice.objects.filter(user=user, kind__startswith="contacts.coll").values_list("kind", flat=True)
    )


def test_a_rep_claims_the_customer_of_another_and_all_who_must_know_are_told(cast: SimpleNamespace) -> None:
    customer, lead = rivals(cast)
    case = collision_open(record=lead, by=again(cast.bob), reason="I met them at the fair.")
    assert (case.holder, case.claimant) == (cast.alice, cast.bob)
    assert (case.holder_customer, case.claimant_lead, case.title) == (customer, lead, "Arbor Robotics Ltd")
    assert kinds(cast.alice) == ["contacts.collision_opened"] and kinds(cast.bob) == []
    assert kinds(cast.mona) == ["contacts.collision_to_decide"]
    task = Task.objects.get(pk=case.task_id)
    assert (task.assignee, task.state) == (cast.mona, "open") and task.remind_at and task.due_at
    heard = Event.objects.filter(kind="contacts.collision_opened").values_list("subject_type", flat=True)
    assert sorted(heard) == ["contacts.collisioncase", "contacts.customer", "leads.lead"]


def test_who_has_no_rival_no_right_or_no_reason_opens_nothing(cast: SimpleNamespace) -> None:
    _customer, lead = rivals(cast)
    with pytest.raises(Conflict, match="no_collision"):
        collision_open(record=make_lead(cast.bob), by=again(cast.bob), reason="Mine")
    with pytest.raises(PermissionDenied):
        collision_open(record=lead, by=again(cast.alice), reason="Mine")
    with pytest.raises(ValidationError):
        collision_open(record=lead, by=again(cast.bob), reason=" ")
    collision_open(record=lead, by=again(cast.bob), reason="Mine")
    with pytest.raises(Conflict, match="collision_open"):
        collision_open(record=lead, by=again(cast.bob), reason="Mine still")


@pytest.mark.parametrize("how", ["conversion", "customer", "lead"])
def test_a_case_opens_by_itself_where_two_claims_meet(cast: SimpleNamespace, how: str) -> None:
    if how == "conversion":
        _customer, lead = rivals(cast)
        lead_convert(lead=lead, by=again(cast.bob))
    elif how == "customer":
        customer_of(cast.alice), customer_of(cast.bob)
    else:
        for owner in (cast.alice, cast.bob):
            lead_create(
                by=again(owner), values={"contact_name": "Kim", "email": "kim@arbor.test"}, assignment="me",
                allow_duplicate=True,
            )  # fmt: skip
    deliveries_carry()
    case = CollisionCase.objects.get()
    assert (case.holder, case.claimant, case.opened_by, case.state) == (cast.alice, cast.bob, None, "open")
    assert case.cause == ("conversion" if how == "conversion" else "entry")
    assert kinds(cast.alice) == kinds(cast.bob) == ["contacts.collision_opened"]


def test_the_evidence_says_what_either_did_with_the_customer(cast: SimpleNamespace) -> None:
    customer, lead = rivals(cast)
    for amount in ("100.10", "200.20"):
        values = {"name": "Arms", "amount": amount, "currency": "EUR"}
        opportunity_create(customer=customer, by=again(cast.alice), values=values)
    contact(lead, again(cast.bob))
    contact(Lead.objects.get(pk=lead.pk), again(cast.bob))
    case = collision_open(record=Lead.objects.get(pk=lead.pk), by=again(cast.bob), reason="Mine")
    evidence = evidence_of(case)
    holder, claimant = evidence["holder"], evidence["claimant"]
    assert (holder.contacts, holder.first_contact_at, holder.since) == (0, None, customer.created_at)
    assert (holder.open_opportunities, holder.open_amounts) == (2, {"EUR": "300.30"})
    assert (claimant.contacts, claimant.open_opportunities, claimant.open_amounts) == (2, 0, {})
    assert claimant.first_contact_at and claimant.last_contact_at and claimant.since


def test_the_manager_gives_it_to_the_claimant_and_everything_open_goes_along(cast: SimpleNamespace) -> None:
    customer, lead = rivals(cast)
    values = {"name": "Arms", "amount": "10", "currency": "EUR"}
    sale = opportunity_create(customer=customer, by=again(cast.alice), values=values)
    case = collision_open(record=lead, by=again(cast.bob), reason="Mine")
    made = decided(case, cast.mona)
    assert Customer.objects.get(pk=customer.pk).owner == Opportunity.objects.get(pk=sale.pk).owner == cast.bob
    assert Lead.objects.get(pk=lead.pk).owner == cast.bob
    assert (made.state, made.decided_by, made.note) == ("decided", cast.mona, "He was there first.")
    assert evidence_of(made)["holder"].open_opportunities == 1  # as it was when it was decided
    assert Task.objects.get(pk=case.task_id).state == "done"
    assert kinds(cast.alice)[-1] == kinds(cast.bob)[-1] == "contacts.collision_decided"


def test_or_it_stays_with_the_holder_who_gets_the_lead_of_the_other(cast: SimpleNamespace) -> None:
    case = opened(cast)
    decided(case, cast.mona, "holder")
    assert Lead.objects.get(pk=case.claimant_lead_id).owner == cast.alice
    assert Customer.objects.get(pk=case.holder_customer_id).owner == cast.alice


def test_who_sells_nothing_wins_once_the_lead_of_the_other_has_ended(
    cast: SimpleNamespace, call: Call, browse: Any
) -> None:
    customer_of(cast.mona)
    lead = make_lead(cast.bob, company_name="Arbor Robotics Ltd")
    case = collision_open(record=lead, by=again(cast.bob), reason="I met them at the fair.")
    page, path = case.get_absolute_url(), f"collision-cases/{case.pk}/decide/"
    shown = browse("admin").get(page).content.decode()
    assert "Mona holds no leads" in shown
    assert 'value="claimant"' in shown and 'value="holder"' not in shown, "it is not offered, and why is told"
    settle = reverse("contacts:collision-decide", args=[case.pk])
    assert browse("admin").post(settle, {"outcome": "holder", "note": "Older."}).status_code == 400
    refused = call("admin").post(path, {"outcome": "holder", "note": "Older."})
    assert (refused.status_code, refused.json()["code"]) == (409, "winner_holds_no_leads")
    assert Lead.objects.get(pk=lead.pk).owner == cast.bob
    lead_disqualify(lead=lead, by=again(cast.mona), reason=Reason.objects.filter(kind="disqualify").first())
    assert "holds no leads" not in browse("admin").get(page).content.decode()
    assert browse("admin").post(settle, {"outcome": "holder", "note": "Older."}).status_code == 302
    assert CollisionCase.objects.get().outcome == "holder"


def test_no_party_decides_nor_who_is_above_one_of_them_only(cast: SimpleNamespace) -> None:
    case = opened(cast)
    for person in (cast.alice, cast.bob, cast.max):
        with pytest.raises(PermissionDenied):
            decided(case, person)
    far = collision_open(
        record=make_lead(cast.charlie, company_name="Arbor Robotics Ltd"),
        by=again(cast.charlie),
        reason="Mine",
    )
    assert (far.holder, far.claimant) == (cast.alice, cast.charlie)
    for person in (cast.mona, cast.max):
        with pytest.raises(PermissionDenied):
            decided(far, person)


def test_grounds_are_asked_for_and_a_closed_case_stays_closed(cast: SimpleNamespace) -> None:
    case = opened(cast)
    with pytest.raises(ValidationError) as refused:
        collision_decide(case=case, by=again(cast.mona), outcome="nobody", note=" ")
    assert set(refused.value.message_dict) == {"outcome", "note"}
    decided(case, cast.mona)
    with pytest.raises(Conflict, match="collision_closed"):
        decided(case, cast.mona, "holder")


def test_what_changed_hands_meanwhile_is_not_decided_about(cast: SimpleNamespace) -> None:
    case = opened(cast)
    Customer.objects.filter(pk=case.holder_customer_id).update(owner=cast.mona)
    with pytest.raises(Conflict, match="parties_changed"):
        decided(case, cast.mona)
    assert CollisionCase.objects.get(pk=case.pk).state == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_decide_at_once_one_wins() -> None:
    cast = make_cast()
    case = opened(cast)
    first, second = partial(decided, case, cast.mona, "holder"), partial(decided, case, cast.dora, "claimant")
    outcomes = at_once(first, second)
    assert sum(isinstance(each, CollisionCase) for each in outcomes) == 1
    assert [each.code for each in outcomes if isinstance(each, Conflict)] == ["collision_closed"]
    made = CollisionCase.objects.get(pk=case.pk)
    winner = cast.alice if made.outcome == "holder" else cast.bob
    assert Customer.objects.get(pk=case.holder_customer_id).owner == winner


def test_a_pair_has_one_open_case_whichever_side_opens_it(cast: SimpleNamespace) -> None:
    case = opened(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        CollisionCase.objects.create(
            title="x", pair=case.pair, cause="person", holder=case.claimant, claimant=case.holder,
            holder_lead=case.claimant_lead, claimant_customer=case.holder_customer,
        )  # fmt: skip


def test_over_rest_each_party_sees_its_own_side_and_a_manager_both(cast: SimpleNamespace, call: Call) -> None:
    _customer, lead = rivals(cast)
    made = call("bob").post("collision-cases/", {"lead": lead.pk, "reason": "Mine"})
    assert made.status_code == 201, made.content
    path = f"collision-cases/{made.json()['id']}/"
    assert call("bob").post(f"{path}statement/", {"statement": "At the fair."}).status_code == 200
    assert call("mona").post(f"{path}statement/", {"statement": "x"}).status_code == 403
    sides = call("alice").get(path).json()["sides"]
    assert sides["claimant"] is None and sides["holder"]["evidence"]["contacts"] == 0
    sides = call("mona").get(path).json()["sides"]
    assert (sides["claimant"]["statement"], sides["claimant"]["lead"]) == ("At the fair.", lead.pk)
    assert call("charlie").get(path).status_code == 404
    assert call("alice").post(f"{path}decide/", {"outcome": "holder", "note": "x"}).status_code == 403
    assert call("mona").post(f"{path}decide/", {"outcome": "holder"}).status_code == 400
    said = call("mona").post(f"{path}decide/", {"outcome": "holder", "note": "Older."}).json()
    assert (said["state"], said["outcome"], said["decided_by"]) == ("decided", "holder", cast.mona.pk)
    assert call("bob").post(f"{path}withdraw/").json()["code"] == "collision_closed"


def test_on_the_pages_one_claims_says_and_decides(cast: SimpleNamespace, browse: Any) -> None:
    _customer, lead = rivals(cast)

    def client(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    bob, mona = client(cast.bob), client(cast.mona)
    assert (
        reverse("contacts:collision-lead", args=[lead.pk])
        in bob.get(lead.get_absolute_url()).content.decode()
    )
    bob.post(reverse("contacts:collision-lead", args=[lead.pk]), {"reason": "Mine"})
    case = CollisionCase.objects.get()
    page = case.get_absolute_url()
    assert "Alice" not in bob.get(page).content.decode()
    bob.post(reverse("contacts:collision-statement", args=[case.pk]), {"statement": "At the fair."})
    shown = mona.get(page).content.decode()
    assert "At the fair." in shown and reverse("contacts:collision-decide", args=[case.pk]) in shown
    refused = mona.post(
        reverse("contacts:collision-decide", args=[case.pk]), {"outcome": "holder", "note": ""}
    )
    assert refused.status_code == 400
    mona.post(reverse("contacts:collision-decide", args=[case.pk]), {"outcome": "holder", "note": "Older."})
    assert CollisionCase.objects.get().outcome == "holder"
    assert "Older." in bob.get(page).content.decode()


def test_a_claim_can_be_withdrawn_and_made_again(cast: SimpleNamespace, call: Call) -> None:
    case = opened(cast)
    assert call("alice").post(f"collision-cases/{case.pk}/withdraw/").status_code == 403
    assert call("bob").post(f"collision-cases/{case.pk}/withdraw/").json()["state"] == "withdrawn"
    lead = Lead.objects.get(pk=case.claimant_lead_id)
    assert lead.owner == cast.bob
    collision_open(record=lead, by=again(cast.bob), reason="Mine after all")
