"""Who gets a lead, and why: filter, candidates, eligibility, strategy, fallback."""

import pytest

from leads.services.decide import decisions_for
from tests.leads import cast

pytestmark = pytest.mark.django_db


def test_weights_are_obeyed_and_the_turns_interleave():
    ann, bob = cast.person("ann", weight=2), cast.person("bob")
    cast.rule()
    decisions = decisions_for([cast.unsaved() for _each in range(6)])
    assert [decision.owner_id for decision in decisions] == [ann.pk, bob.pk, ann.pk] * 2


def test_turns_go_on_where_the_last_call_stopped():
    ann, bob = cast.person("ann"), cast.person("bob")
    cast.rule()
    turns = [decisions_for([cast.unsaved()])[0].owner_id for _each in range(4)]
    assert turns == [ann.pk, bob.pk, ann.pk, bob.pk]
