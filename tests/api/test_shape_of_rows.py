"""A list gives each record exactly as the framework's own serializer would, only sooner."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from leads.api.shapes import LeadShape
from leads.models import Lead, LeadSource
from salesflow.lib.api.shapes import Moment

pytestmark = pytest.mark.django_db


def the_framework_s_own(shape: LeadShape, lead: Lead) -> dict[str, object]:
    shown = serializers.ModelSerializer.to_representation(shape, lead)
    shown["budget"] = None if lead.budget is None else f"{lead.budget:.2f}"
    return shown


def test_every_field_of_a_lead_is_shown_as_the_framework_shows_it():
    source = LeadSource.objects.order_by("pk").first()
    full = Lead.objects.create(
        company_name="上海明远", contact_name='A "quoted"\nname', source=source, custom={"a": [1, None]},
        utm={"term": "x"}, tags=["b", "a"], budget="10.50", need_fit=3, outcome=1, scored_at=datetime.now(UTC),
        first_contact_due_at=datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC), verification_items={"k": "v"},
    )  # fmt: skip
    bare = Lead.objects.create(contact_name="x")
    for pk in (full.pk, bare.pk):
        lead = Lead.objects.get(pk=pk)
        shape = LeadShape(lead)
        quick, own = shape.to_representation(lead), the_framework_s_own(shape, lead)
        assert quick == own
        assert list(quick) == list(own)
        assert json.loads(JSONRenderer().render(quick)) == json.loads(JSONRenderer().render(own))
    assert quick["source"] is None
    assert LeadShape(Lead.objects.get(pk=full.pk)).data["source"] == source.pk


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(0))])
@pytest.mark.parametrize("microsecond", [0, 5, 999_999])
def test_a_moment_is_written_as_the_framework_writes_it(zone, microsecond):
    moment = datetime(2026, 2, 28, 23, 59, 59, microsecond, tzinfo=zone)
    field = Moment()
    assert field.to_representation(moment) == serializers.DateTimeField.to_representation(field, moment)
    assert field.to_representation(moment).endswith("Z")
