"""Taking a lead out of work: for a reason from the list, and with what was planned for it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from leads.models import Reason
from leads.services import lead_disqualify, lead_reopen
from salesflow.clocks.services import database_now
from salesflow.work.models import Task
from salesflow.work.services import task_create
from tests.leads import cast

pytestmark = pytest.mark.django_db


def reason(kind: str = "disqualify") -> Reason:
    return Reason.objects.filter(kind=kind).first()


def test_its_planned_follow_up_is_called_off_and_other_tasks_stay():
    ann = cast.person("ann")
    lead = cast.contact(cast.lead_of(ann), ann)
    task_create(
        by=ann,
        assignee=ann,
        title="Write a note of it",
        due_at=database_now() + timedelta(days=2),
        subject=lead,
    )
    assert list(Task.objects.order_by("pk").values_list("kind", "state")) == [
        ("follow_up", "open"),
        ("task", "open"),
    ]
    lead = lead_disqualify(lead=lead, by=ann, reason=reason())
    assert (lead.status, lead.next_follow_up_at) == ("disqualified", None)
    assert list(Task.objects.order_by("pk").values_list("kind", "state")) == [
        ("follow_up", "cancelled"),
        ("task", "open"),
    ]


def test_only_a_reason_of_the_list_will_do_and_the_lead_can_come_back():
    ann = cast.person("ann")
    cast.default_pool(members=[ann])
    lead = cast.lead_of(ann)
    with pytest.raises(ValidationError):
        lead_disqualify(lead=lead, by=ann, reason=reason("return"))
    assert cast.fresh(lead).status == "assigned"
    lead = lead_reopen(lead=lead_disqualify(lead=lead, by=ann, reason=reason()), by=ann)
    assert (lead.status, lead.in_pool, lead.disqualify_reason, lead.disqualified_at) == (
        "new",
        True,
        None,
        None,
    )
