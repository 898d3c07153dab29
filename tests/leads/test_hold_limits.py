"""Whatever people do, no limit of a pool is passed, and no claim is refused that a limit allows."""

from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from leads.models import Lead, Ownership
from leads.services import lead_claim, lead_return
from leads.services.terms import LimitTerms, PoolTerms
from salesflow.lib.errors import Conflict
from tests.leads import cast

POOL = PoolTerms(
    id=1, name="p", is_default=True, is_archived=False, max_held=None, max_claims_per_day=None, cooldown_seconds=None,
    protection_seconds=None, return_after_idle_seconds=None, review_after_returns=None, rehand="claims",
    held_excludes_grades=frozenset(), members=frozenset(), managers=frozenset(),
)  # fmt: skip
number = some.none() | some.integers(0, 9)


def row(user=None, team=None, role=None, most=None):
    return LimitTerms(user, team, role, most, None)


@given(pool=number, role=number, other_role=number, team=number, user=number)
def test_user_before_team_before_role_before_pool(pool, role, other_role, team, user):
    rows = (
        row(role=5, most=role),
        row(role=6, most=other_role),
        row(team=3, most=team),
        row(user=1, most=user),
    )
    strangers = (row(role=7, most=0), row(team=4, most=0), row(user=2, most=0))
    terms = replace(POOL, max_held=pool, limits=rows + strangers)
    roles = [limit for limit in (role, other_role) if limit is not None]
    order = [user, team, max(roles) if roles else None, pool]
    expected = next((limit for limit in order if limit is not None), None)
    assert terms.limit("max_held", user=1, team=3, roles=[5, 6]) == expected
    assert terms.limit("max_claims_per_day", user=1, team=3, roles=[5, 6]) is None
    assert terms.limit("max_held", user=9, team=None, roles=[]) == pool


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    most=number,
    a_day=number,
    deeds=some.lists(some.tuples(some.sampled_from(["claim", "return"]), some.integers(0, 5)), max_size=14),
)
def test_claims_go_as_far_as_the_limits_and_no_further(most, a_day, deeds):
    with transaction.atomic():
        rep = cast.person("rep")
        pool = cast.default_pool(members=[rep], max_held=most, max_claims_per_day=a_day)
        leads = cast.leads_in_pool(6, pool)
        held: set[int] = set()
        claims = 0
        for deed, place in deeds:
            lead = leads[place]
            if deed == "claim":
                try:
                    lead_claim(lead=lead, by=rep)
                    got = ""
                except Conflict as told:
                    got = told.code
                expected = (
                    "already_claimed" if place in held
                    else "held_limit" if most is not None and len(held) >= most
                    else "daily_limit" if a_day is not None and claims >= a_day
                    else ""
                )  # fmt: skip
                assert got == expected
                if not got:
                    held.add(place)
                    claims += 1
            elif place in held:
                lead_return(lead=lead, by=rep, reason="no_time")
                held.remove(place)
        assert Lead.objects.filter(owner=rep).count() == len(held)
        assert Ownership.objects.filter(owner=rep, via="claim").count() == claims
        transaction.set_rollback(True)
