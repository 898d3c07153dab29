"""Leads go back to a pool: given back for a reason, or taken back when nobody followed up."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from leads import ports
from leads.models import HandOut, Lead, Ownership, Pool
from leads.services import give_back, lead_claim, lead_return, pool_archive, pool_save
from leads.tasks import sweep_hand_outs, sweep_idle
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona):
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def pool(ann, mona):
    return cast.default_pool(members=[ann], managers=[mona])


# by hand


def test_with_a_reason_back_to_where_it_came_from(pool, ann, mona):
    other = pool_save(by=None, name="Other", members=[ann])
    lead = lead_claim(lead=cast.lead_in_pool(other), by=ann)
    lead = lead_return(lead=lead, by=ann, reason="no_time")
    assert (lead.owner, lead.status, lead.pool, lead.returned_count) == (None, "new", other, 1)
    ownership = Ownership.objects.get(lead=lead)
    assert (ownership.end_reason, ownership.end_detail) == ("returned", "no_time")
    assert cast.clock_of(lead).state == "cancelled"
    assert (cast.notices(ann), cast.notices(mona)) == ([], ["leads.returned_of_rep"])
    told = Event.objects.get(kind="leads.returned", subject_id=lead.pk)
    assert told.data["owner"] == ann.pk and told.private.data == {"reason": "no_time"}


def test_to_another_pool_of_ones_own(pool, ann):
    mine = pool_save(by=None, name="Mine", members=[ann])
    theirs = pool_save(by=None, name="Theirs")
    with pytest.raises(ValidationError) as caught:
        lead_return(lead=cast.lead_of(ann), by=cast.fresh(ann), reason="x", pool=theirs)
    assert set(caught.value.message_dict) == {"pool"}
    assert lead_return(lead=cast.lead_of(ann), by=cast.fresh(ann), reason="x", pool=mine).pool == mine


def test_a_reason_is_needed(pool, ann):
    for reason in ("", "   ", "x" * 501):
        with pytest.raises(ValidationError):
            lead_return(lead=cast.lead_of(ann), by=ann, reason=reason)


def test_the_owner_and_his_manager_return(pool, ann, mona):
    lead = cast.lead_of(ann)
    for person in (
        cast.person("bob", team=ann.team),
        cast.person("max", "manager"),
        cast.person("a", "auditor"),
    ):
        with pytest.raises(PermissionDenied):
            lead_return(lead=lead, by=person, reason="no_time")
    lead_return(lead=lead, by=mona, reason="no_time")
    assert cast.notices(ann) == ["leads.returned"]
    with pytest.raises(PermissionDenied):
        lead_return(lead=lead, by=ann, reason="no_time")


@pytest.mark.parametrize("status", ["disqualified"])
def test_what_nobody_works_on_is_not_returned(pool, ann, status):
    lead = cast.lead_of(ann)
    Lead.objects.filter(pk=lead.pk).update(status=status)
    with pytest.raises(Conflict, match="invalid_transition"):
        lead_return(lead=lead, by=ann, reason="no_time")


def test_a_breach_is_not_undone_by_returning(pool, ann):
    lead = cast.lead_of(ann)
    cast.time_passes([lead], 90_000)
    lead_return(lead=lead, by=ann, reason="no_time")
    assert cast.clock_of(lead).state == "breached"


def test_leads_of_an_archived_pool_go_to_the_default_one(pool, ann):
    other = pool_save(by=None, name="Other", members=[ann])
    lead = lead_claim(lead=cast.lead_in_pool(other), by=ann)
    pool_archive(pool=other, by=None)
    assert lead_return(lead=lead, by=ann, reason="no_time").pool == pool


# when nobody follows up


def test_after_the_idle_time_from_the_start_it_goes_back(pool, ann, mona):
    pool_save(pool=pool, by=None, return_after_idle_seconds=600)
    lead = cast.lead_of(ann)
    cast.time_passes([lead], 590)
    assert sweep_idle()["processed"] == 0
    cast.time_passes([lead], 10)
    assert sweep_idle()["returned"] == 1
    lead = cast.fresh(lead)
    assert (lead.in_pool, lead.returned_count, lead.idle_due_at) == (True, 1, None)
    assert Ownership.objects.get(lead=lead).end_reason == "idle"
    assert (cast.notices(ann), cast.notices(mona)) == (["leads.idled_out"], ["leads.idled_out_of_rep"])


def test_a_contact_starts_the_idle_time_anew_and_received_mail_does_not(pool, ann):
    pool_save(pool=pool, by=None, return_after_idle_seconds=600)
    called, wrote = cast.lead_of(ann), cast.lead_of(ann)
    cast.time_passes([called, wrote], 500)
    cast.contact(called, ann)
    cast.contact(wrote, ann, channel="email", direction="inbound", outcome="reached")
    cast.time_passes([called, wrote], 200)
    sweep_idle()
    assert cast.owners([called, wrote]) == [ann.pk, None]


def test_a_changed_idle_time_counts_from_the_last_contact_or_the_start(pool, ann):
    never, called = cast.lead_of(ann), cast.lead_of(ann)
    cast.time_passes([never, called], 1000)
    cast.contact(called, ann)
    cast.time_passes([never, called], 300)
    pool_save(pool=pool, by=None, return_after_idle_seconds=900)
    assert sweep_idle()["returned"] == 1
    assert cast.owners([never, called]) == [None, ann.pk]
    pool_save(pool=pool, by=None, return_after_idle_seconds=None)
    cast.time_passes([called], 9000)
    assert sweep_idle()["processed"] == 0


def test_a_lead_with_an_opportunity_that_moves_is_protected(pool, ann, monkeypatch):
    pool_save(pool=pool, by=None, return_after_idle_seconds=600)
    lead = cast.lead_of(ann)
    cast.time_passes([lead], 700)
    monkeypatch.setattr(ports.ports, "open_opportunity", lambda ids: set(ids), raising=False)
    assert sweep_idle()["returned"] == 0
    assert cast.fresh(lead).idle_due_at > lead.owned_since
    monkeypatch.setattr(ports.ports, "open_opportunity", lambda ids: set(), raising=False)
    cast.time_passes([lead], 3600)
    assert sweep_idle()["returned"] == 1


def test_ended_leads_are_never_taken_back(pool, ann):
    pool_save(pool=pool, by=None, return_after_idle_seconds=600)
    lead = cast.lead_of(ann)
    Lead.objects.filter(pk=lead.pk).update(status="disqualified")
    cast.time_passes([lead], 700)
    assert sweep_idle()["returned"] == 0
    assert cast.fresh(lead).owner == ann


def test_one_lead_whose_return_fails_does_not_hold_up_the_others(pool, ann, monkeypatch):
    pool_save(pool=pool, by=None, return_after_idle_seconds=600)
    leads = cast.leads_of(ann, 12)
    cast.time_passes(leads, 700)
    real, bad = give_back.leads_give_back, leads[4].pk

    def fails(found, **values):
        if any(each.pk == bad for each in found):
            raise ZeroDivisionError
        return real(found, **values)

    monkeypatch.setattr(give_back, "leads_give_back", fails)
    counts = sweep_idle()
    assert (counts["returned"], counts["failed"]) == (11, 1)
    assert Lead.objects.get(owner=ann).pk == bad
    assert sweep_idle()["processed"] == 0, "it is set aside for a while"


def test_idle_returns_go_to_review_and_are_handed_out_like_any_other(pool, ann):
    bob = cast.person("bob", team=ann.team)
    pool_save(
        pool=pool,
        by=None,
        return_after_idle_seconds=600,
        review_after_returns=2,
        rehand="rules",
        cooldown_seconds=9,
    )
    lead = cast.lead_of(ann)
    cast.time_passes([lead], 600)
    sweep_idle()
    sweep_hand_outs()
    assert cast.fresh(lead).owner == bob
    cast.time_passes([lead], 600)
    sweep_idle()
    assert cast.fresh(lead).under_review
    assert not HandOut.objects.exists()


# keeping pools


def test_there_is_one_default_pool(pool):
    with pytest.raises(ValidationError):
        pool_save(pool=pool, by=None, is_default=False)
    other = pool_save(by=None, name="Other", is_default=True)
    assert Pool.objects.default() == other
    with pytest.raises(Conflict, match="pool_is_default"):
        pool_archive(pool=other, by=None)
    cast.lead_in_pool(pool)
    with pytest.raises(Conflict, match="pool_not_empty"):
        pool_archive(pool=pool, by=None)


@pytest.mark.parametrize(
    "values",
    [{"name": ""}, {"max_held": -1}, {"rehand": "never"}, {"return_after_idle_seconds": 0}, {"nmae": "x"}],
)
def test_a_pool_that_cannot_be_is_refused(pool, values):
    with pytest.raises(ValidationError) as caught:
        pool_save(pool=pool, by=None, **values)
    assert set(caught.value.message_dict) == set(values)


def test_a_limit_is_for_one_user_team_or_role(pool, ann):
    with pytest.raises(ValidationError) as caught:
        pool_save(pool=pool, by=None, limits=[{"user": ann, "team": ann.team, "max_held": 1}])
    assert set(caught.value.message_dict) == {"limits"}


def test_who_may_keep_pools(pool, mona, ann):
    for person in (mona, ann):
        with pytest.raises(PermissionDenied):
            pool_save(pool=pool, by=person, max_held=1)
    pool_save(pool=pool, by=cast.person("root", "admin"), max_held=1)
    assert cast.fresh(pool).max_held == 1
