"""Verification: a checklist the company sets up, who asks it, and what becomes of a fake."""

import pytest
from django.test import Client

from leads.models import Lead, VerificationItem, VerificationPolicy
from leads.services import lead_reopen, lead_verify, verification_policy_change
from leads.services.defaults import leads_ensure_defaults
from salesflow.journal.models import Event
from salesflow.lib.errors import PermissionDenied
from salesflow.people.models import User
from tests.api.conftest import caller_of, codes
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona() -> User:
    leads_ensure_defaults()
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona: User) -> User:
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def admin() -> User:
    return cast.person("root", "admin")


def check(lead: Lead, by: User, **results: str) -> Lead:
    for item, result in results.items():
        lead = lead_verify(lead=lead, by=by, item=item, result=result, note="rang them")
    return lead


def test_the_company_sets_up_its_own_checklist(ann: User, admin: User) -> None:
    lead = check(cast.lead_of(ann), ann, company="confirmed", position="confirmed")
    speak = caller_of(admin)
    said = speak.post("verification-items/", {"code": "budget", "name": "Budget is there", "position": 9})
    assert said.status_code == 201
    need = VerificationItem.objects.get(code="need")
    assert speak.delete(f"verification-items/{need.pk}/").status_code == 204
    assert check(lead, ann, budget="confirmed").verification == "verified"
    answer = caller_of(ann).post(f"leads/{lead.pk}/verify/", {"item": "need", "result": "confirmed"})
    assert answer.status_code == 400 and "item" in str(answer.json()["errors"])
    assert speak.post("verification-items/", {"code": "A b", "name": "x"}).status_code == 400
    assert caller_of(ann).post("verification-items/", {"code": "x", "name": "x"}).status_code == 403


def test_a_fake_leaves_the_queue_with_its_reason_and_may_come_back_to_be_asked_anew(ann: User) -> None:
    lead = check(cast.lead_of(ann), ann, need="confirmed", company="wrong")
    assert (lead.verification, lead.status, lead.disqualify_reason.code) == (
        "rejected",
        "disqualified",
        "fake",
    )  # type: ignore[union-attr]
    assert cast.clock_of(lead).state == "cancelled"
    kinds = list(
        Event.objects.filter(subject_id=lead.pk, subject_type="leads.lead").values_list("kind", flat=True)
    )
    assert {"leads.rejected_as_fake", "leads.disqualified"} <= set(kinds)
    lead = lead_reopen(lead=lead, by=ann)
    assert (lead.verification, lead.status, set(lead.verification_items)) == ("pending", "new", {"need"})


def test_another_wrong_answer_makes_no_fake(ann: User) -> None:
    lead = check(cast.lead_of(ann), ann, position="wrong")
    assert (lead.verification, lead.status) == ("pending", "assigned")


@pytest.mark.parametrize(
    ("verifier", "owner", "inside"),
    [("anybody", True, True), ("owner", True, True), ("inside_sales", False, True)],
)
def test_who_verifies_is_a_setting(
    ann: User, mona: User, admin: User, verifier: str, owner: bool, inside: bool
) -> None:
    said = caller_of(admin).patch("verification-policies/1/", {"verifier": verifier})
    assert said.status_code == 200 and said.json()["verifier"] == verifier
    ivy = cast.person("ivy", "inside_sales")
    for person, may in ((ann, owner), (ivy, inside)):
        lead = cast.lead_of(person)
        if may:
            check(lead, person, need="confirmed")
        else:
            with pytest.raises(PermissionDenied):
                check(lead, person, need="confirmed")
    assert check(cast.lead_of(ann), mona, need="confirmed").verification == "pending"


def test_the_setting_knows_its_words(ann: User, admin: User) -> None:
    answer = caller_of(admin).patch("verification-policies/1/", {"verifier": "moon"})
    assert answer.status_code == 400 and codes(answer)
    assert caller_of(ann).patch("verification-policies/1/", {"verifier": "owner"}).status_code == 403
    policy = VerificationPolicy.objects.get()
    assert verification_policy_change(policy=policy, by=None, verifier="owner").version == 2


def test_the_page_shows_the_checklist_and_notes_a_result(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    lead = cast.lead_of(ann)
    assert f"/leads/{lead.pk}/verify/?item=company" in client.get(f"/leads/{lead.pk}/").content.decode()
    assert 'value="company" selected' in client.get(f"/leads/{lead.pk}/verify/?item=company").content.decode()
    path = f"/leads/{lead.pk}/verify/"
    assert client.post(path, {"item": "company", "result": "wrong"}).status_code == 400
    answer = client.post(path, {"item": "company", "result": "confirmed", "note": "On their site"})
    assert answer["Location"] == f"/leads/{lead.pk}/"
    assert "On their site" in client.get(f"/leads/{lead.pk}/").content.decode()
    assert cast.fresh(lead).verification_items["company"]["result"] == "confirmed"


def test_who_does_not_verify_sees_the_checklist_and_no_way_to_answer(ann: User) -> None:
    verification_policy_change(policy=VerificationPolicy.objects.get(), by=None, verifier="inside_sales")
    client = Client()
    client.force_login(ann)
    lead = cast.lead_of(ann)
    assert f"/leads/{lead.pk}/verify/" not in client.get(f"/leads/{lead.pk}/").content.decode()
    assert client.get(f"/leads/{lead.pk}/verify/").status_code == 403
