"""Two people merge the same two leads, each into the other, at the same moment: one does, the other is told."""

import sys

import pytest

from leads.models import Lead
from leads.services import lead_merge
from tests.leads import cast
from tests.leads.test_at_once import Meeting, at_once, codes

pytestmark = pytest.mark.django_db(transaction=True)
merging = sys.modules["leads.services.merge.merge"]


def both_ways(monkeypatch):
    mona = cast.person("mona", "manager")
    one, two = cast.leads_of(cast.person("ann", team=cast.team("East", mona)), 2)
    monkeypatch.setattr(merging, "values_merged", Meeting().after(merging.values_merged))
    outcomes = at_once(
        lambda: lead_merge(lead=one, duplicate=two, by=mona),
        lambda: lead_merge(lead=two, duplicate=one, by=mona),
    )
    return outcomes, [cast.fresh(each).merged_into_id for each in (one, two)]


def test_one_way_wins(monkeypatch):
    outcomes, into = both_ways(monkeypatch)
    assert codes(outcomes) == ["", "already_merged"]
    assert into.count(None) == 1


def test_without_the_locks_in_order_the_database_has_to_break_one_off(monkeypatch):
    """Guard removed: both pass the check, each holds what the other needs, and one ends in a deadlock."""
    monkeypatch.setattr(
        merging, "both_locked", lambda one, two: (Lead.objects.get(pk=one), Lead.objects.get(pk=two))
    )
    outcomes, into = both_ways(monkeypatch)
    assert codes(outcomes) == ["", "OperationalError"]
    assert into.count(None) == 1
