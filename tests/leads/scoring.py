"""What the tests of scoring share: models that are easily made, leads, events that lie back in time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Lead, LeadEvent, ScoringModel
from leads.services.score import leads_rescore
from salesflow.people.services import config, config_changed


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Tests roll the configuration's revision back, which no workspace does."""
    config._kept.clear()
    yield
    config._kept.clear()


def model_in_force(components: list[dict[str, Any]], **values: Any) -> ScoringModel:
    """Make this the active default model."""
    ScoringModel.objects.filter(status="active", source=None).update(status="retired", retired_at=Now())
    values = {"fit_cap": 60, "engagement_cap": 40, "threshold_a": 60, "threshold_b": 35, **values}
    number = ScoringModel.objects.count() + 1
    model = ScoringModel.objects.create(
        name="Test", number=number, components=components, status="active", activated_at=Now(), **values
    )
    config_changed()
    return model


def make_lead(**values: Any) -> Lead:
    return Lead.objects.create(**{"company_name": "Arbor", **values})


def happened(lead: Lead, kind: str, days_ago: float = 0, **values: Any) -> LeadEvent:
    at = timezone.now() - timedelta(days=days_ago)
    return LeadEvent.objects.create(lead=lead, kind=kind, occurred_at=at, **values)


def rescored(lead: Lead, cause: str = "event") -> Lead:
    leads_rescore([lead.pk], cause=cause)
    lead.refresh_from_db()
    return lead
