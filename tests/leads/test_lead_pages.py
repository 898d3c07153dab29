"""The page of a lead, in every state and to everybody who may see it: it opens, and offers what may be done."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from contacts.services import lead_convert
from leads.models import Lead, Reason
from leads.services import lead_archive, lead_disqualify, lead_qualify
from tests.contacts.conftest import again, make_cast, make_lead
from tests.leads import cast as leads_cast
from tests.support.pages import browse  # noqa: F401

Browse = Callable[..., Client]
WAITING, WORKING = ("pool", "review"), ("assigned", "contacted", "qualified")


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return make_cast()


def in_state(state: str, cast: SimpleNamespace) -> Lead:
    """Alice's lead in that state; in a pool it is nobody's."""
    if state in WAITING:
        lead = make_lead(country="China", city="Ulm")
        Lead.objects.filter(pk=lead.pk).update(under_review=state == "review")
        return lead
    alice = again(cast.alice)
    lead = make_lead(alice, email="person@firm.example")
    if state in ("contacted", "qualified", "converted"):
        leads_cast.contact(lead, alice)
    if state in ("qualified", "converted"):
        lead_qualify(lead=lead, by=alice)
    if state == "converted":
        lead_convert(lead=lead, by=alice)
    if state == "disqualified":
        lead_disqualify(lead=lead, by=alice, reason=Reason.objects.filter(kind="disqualify").first())
    if state == "archived":
        lead_archive(lead=lead, by=again(cast.mona))
    return lead


DEEDS = "claim return qualify disqualify convert reopen edit archive restore assign auto-assign".split()


def offered(page: str) -> set[str]:
    """The deeds whose buttons or links stand on the page; a contact is logged in place."""
    found = {deed for deed in DEEDS if f'/{deed}/"' in page}
    return found | {"contact"} if 'name="outcome"' in page else found


#: To its owner (or to a member of the pool), and what those above him are offered besides.
OWN = {
    "pool": {"claim"},
    "review": set(),
    "assigned": {"contact", "return", "disqualify", "convert", "edit", "archive"},
    "contacted": {"contact", "return", "disqualify", "convert", "edit", "archive", "qualify"},
    "qualified": {"contact", "return", "disqualify", "convert", "edit", "archive"},
    "converted": {"edit", "archive"},
    "disqualified": {"edit", "archive", "reopen"},
    "archived": {"restore"},
}
MANAGED = {
    **{state: {"assign", "auto-assign", "edit", "disqualify", "archive"} for state in WAITING},
    **{state: OWN[state] | {"assign"} for state in WORKING},
}
FORMS = {"assign", "return", "disqualify", "edit", "convert"}


@pytest.mark.parametrize("state", OWN)
def test_a_lead_opens_to_all_who_see_it_and_offers_each_what_he_may_do(browse, cast, state):  # noqa: F811
    lead = in_state(state, cast)
    seen = {}
    for who in ("alice", "mona", "admin", "auditor", "dora"):
        answer = browse(who).get(f"/leads/{lead.pk}/")
        if who == "dora" and state in WAITING:
            assert answer.status_code == 404, "the pool has other members"
            continue
        assert answer.status_code == 200, (state, who)
        seen[who] = offered(answer.content.decode())
        for deed in seen[who] & FORMS:
            assert browse(who).get(f"/leads/{lead.pk}/{deed}/").status_code == 200, (state, who, deed)
    assert seen["alice"] == OWN[state]
    assert seen["mona"] == MANAGED.get(state, OWN[state])
    assert seen["auditor"] == set()


def test_what_is_offered_is_done(browse, cast):  # noqa: F811
    lead = in_state("pool", cast)
    answer = browse("alice").post(f"/leads/{lead.pk}/claim/", follow=True)
    assert "is yours" in answer.content.decode()
    assert browse("bob").post(f"/leads/{lead.pk}/claim/").status_code == 409
    browse("mona").post(f"/leads/{lead.pk}/archive/")
    assert leads_cast.fresh(lead).archived_at is not None
    browse("mona").post(f"/leads/{lead.pk}/restore/")
    assert leads_cast.fresh(lead).archived_at is None
    assert leads_cast.clock_of(lead).state == "running"
