"""Merge and unmerge of any two leads give back every business field and relation of both."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads.models import Lead, LeadEvent, Ownership
from leads.services import lead_disqualify, lead_merge, lead_unmerge, leads_rescore
from leads.services.clean import draft_of
from leads.services.merge.fields import CHOICES
from leads.services.place import COLUMNS
from salesflow.clocks.services import database_now
from salesflow.work.models import Activity, Note, Task
from salesflow.work.services import note_add, task_create
from tests.leads import cast

TIMES = {
    "updated_at",
    "version",
    "scored_at",
    "first_contact_started_at",
    "first_contact_due_at",
    "idle_due_at",
}
word = st.sampled_from(["", "Arbor", "明远科技", "Kim", "x y"])
VALUES = st.fixed_dictionaries(
    {
        "company_name": st.sampled_from(["Arbor Medical", "明远科技", "Kestrel"]),
        "contact_name": word,
        "title": word,
        "city": word,
        "need": word,
        "email": st.sampled_from(["", "kim@arbor.test", "li@x.test"]),
        "phone": st.sampled_from(["", "13800138000", "+4930123456"]),
        "budget": st.one_of(st.none(), st.decimals(0, 10**9, places=2)),
        "need_fit": st.one_of(st.none(), st.integers(0, 100)),
        "outcome": st.sampled_from([None, 0, 1]),
        "custom": st.dictionaries(
            st.sampled_from(["a", "b"]), st.sampled_from(["", "1", 2, True]), max_size=2
        ),
        "behaviour": st.dictionaries(
            st.sampled_from(["visits", "site_seconds"]), st.integers(0, 99), max_size=2
        ),
        "utm": st.dictionaries(st.sampled_from(["source", "medium"]), word, max_size=2),
        "tags": st.lists(st.sampled_from(["vip", "fair", "old"]), max_size=3, unique=True),
    }
)
DEEDS = st.lists(st.sampled_from(["contact", "note", "task", "event"]), max_size=4)
PLACES = st.sampled_from(["ann", "bob", "pool", "disqualified"])
CHOSEN = st.dictionaries(st.sampled_from(CHOICES), st.sampled_from(["lead", "duplicate"]), max_size=8)


def facts(lead: Lead) -> dict[str, Any]:
    """Every column of a lead but its times of recounting, and the rows that belong to it."""
    lead = cast.fresh(lead)
    columns = {
        field.attname: getattr(lead, field.attname)
        for field in Lead._meta.concrete_fields
        if field.name not in TIMES and not field.generated
    }
    hanging = {
        model.__name__: sorted(
            model.objects.filter(subject_type="leads.lead", subject_id=lead.pk).values_list("pk", *more)
        )
        for model, more in ((Activity, ()), (Note, ()), (Task, ("state", "assignee")))
    }
    owned = list(
        Ownership.objects.filter(lead=lead).order_by("pk").values("pk", "owner", "ended_at", "end_reason")
    )
    return {**columns, **hanging, "owned": owned, "events": sorted(lead.events.values_list("pk", flat=True))}


class TestUnmerge(TestCase):
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(VALUES, PLACES, DEEDS), st.tuples(VALUES, PLACES, DEEDS), CHOSEN)
    def test_both_leads_are_as_before(self, one: Any, two: Any, chosen: dict[str, str]) -> None:
        mona = cast.person("mona", "manager")
        team = cast.team("East", mona)
        people = {name: cast.person(name, team=team) for name in ("ann", "bob")}
        cast.default_pool(members=list(people.values()), managers=[mona])
        people["mona"] = mona
        lead, other = (self.lead(people, *each) for each in (one, two))
        if lead.status == "disqualified" != other.status:
            lead, other = other, lead
        leads_rescore([lead.pk, other.pk], cause="model")
        before = facts(lead), facts(other)
        admin = cast.person("root", "admin")
        try:
            merge = lead_merge(lead=lead, duplicate=other, by=admin, fields=chosen)
        except Exception as refused:
            assert "company" in str(refused), refused
            assert (facts(lead), facts(other)) == before
            return
        undone = lead_unmerge(merge=merge, by=admin)
        assert undone.stayed == []
        assert (facts(lead), facts(other)) == before

    def lead(self, people: Any, values: dict[str, Any], place: str, deeds: list[str]) -> Lead:
        draft = draft_of(
            {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()},
            region="CN", base_currency="CNY",
        )  # fmt: skip
        assert not draft.errors, draft.errors
        made = {
            field.attname: getattr(draft.lead, field.attname)
            for field in Lead._meta.concrete_fields
            if not field.generated and field.attname != "id" and field.name not in COLUMNS
            and field.name not in ("created_at", "updated_at", "grade")
        }  # fmt: skip
        lead = (
            cast.lead_in_pool(**made)
            if place == "pool"
            else cast.lead_of(people.get(place, people["ann"]), **made)
        )
        owner = lead.owner
        for deed in deeds:
            self.do(deed, lead, owner or people["mona"])
        if place == "disqualified":
            lead_disqualify(lead=lead, by=owner, reason=cast.reason())
        return cast.fresh(lead)

    def do(self, deed: str, lead: Lead, by: Any) -> None:
        if deed == "contact" and lead.owner is not None:
            cast.contact(cast.fresh(lead), by)
        elif deed == "note":
            note_add(subject=lead, by=by, body="A note")
        elif deed == "task":
            task_create(by=by, assignee=by, title="Call", subject=lead)
        elif deed == "event":
            LeadEvent.objects.create(lead=lead, kind="page_view", occurred_at=database_now())


pytestmark = pytest.mark.django_db
