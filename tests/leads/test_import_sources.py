"""Lead sources and campaigns come in from files and go out again, known by number or name."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage

from leads.models import Campaign, LeadSource
from leads.services.defaults import leads_ensure_defaults
from salesflow.people.models import User
from salesflow.people.services import config_record_archive, user_create
from salesflow.work.models import Export
from salesflow.work.services import export_start
from salesflow.work.services.imports import import_undo
from tests.api.conftest import Caller, call, caller_of, cast
from tests.contacts.importing import counts, csv_of, imported, posted, reasons
from tests.leads.cast import lead_of

__all__ = ["call", "cast"]
pytestmark = pytest.mark.django_db
Call = Callable[..., Caller]


@pytest.fixture(autouse=True)
def place(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def mei(cast: SimpleNamespace) -> User:
    made = user_create(by=None, email="mei@cast.test", name="Mei", password=None, roles=["marketing"])
    return User.objects.get(pk=made.pk)


def source(name: str = "Fair", **values: Any) -> LeadSource:
    return LeadSource.objects.create(name=name, **{"channel": "offline", "kind": "trade_show", **values})


def test_rows_become_sources_or_change_those_they_name(mei: User, cast: SimpleNamespace) -> None:
    leads_ensure_defaults()
    known = LeadSource.objects.get(name="Trade show")
    file = csv_of(
        "name|channel|kind|requires_reachable|cost|currency",
        "Ads|online|Search ad (SEM)|yes|1,200.50|cny",
        "展会||||300|CNY",
        "Odd|offline|web_form|||",
        "None|moon||perhaps|much|",
        "Half|online||||",
    )
    job = imported(mei, "lead-sources", file)
    assert counts(job) == (1, 1, 0, 3), reasons(job)
    ads = LeadSource.objects.get(name="Ads")
    assert (ads.kind, ads.requires_reachable, ads.cost, ads.currency) == (
        "search_ad",
        True,
        Decimal("1200.50"),
        "CNY",
    )
    known.refresh_from_db()
    assert (known.name, known.cost) == ("Trade show", Decimal(300))
    told = reasons(job)
    assert "does not stand under this channel" in told[2] and "kind" in told[4]
    assert all(f"{name}:" in told[3] for name in ("channel", "requires_reachable", "cost")), told[3]
    lead = lead_of(cast.alice)
    type(lead).objects.filter(pk=lead.pk).update(source=ads)
    job = import_undo(job=job, by=User.objects.get(pk=cast.admin.pk))
    known.refresh_from_db()
    assert known.cost is None and job.kept_after_undo == [ads.pk]


def test_campaigns_name_their_source(mei: User) -> None:
    fair, gone = source(), source("Gone")
    config_record_archive(gone, by=None, rights="sources")
    file = csv_of(
        "name|source|starts_on|ends_on|cost",
        "Spring|Fair|2026-04-12|2026-04-16|",
        f"Autumn|{fair.pk}||2026-10-01|12000",
        "Far|Nowhere|||",
        "Late|Gone|||",
        "Spring||2026-04-20||",
        "Bare||||",
    )
    job = imported(mei, "campaigns", file)
    assert counts(job) == (2, 0, 0, 4), reasons(job)
    told = reasons(job)
    assert "There is no source" in told[2] and told[3] == "This source is archived."
    assert "end before it starts" in told[4] and "source" in told[5]
    assert Campaign.objects.get(name="Autumn").cost == Decimal(12000)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_was_exported_comes_back_and_changes_nothing(format: str, mei: User) -> None:
    leads_ensure_defaults()
    fair = source("=Fair", cost=Decimal("1200.50"), currency="EUR", requires_reachable=True)
    Campaign.objects.create(name="Spring", source=fair, starts_on=date(2026, 4, 12), cost=0, currency="CNY")
    gone = source("Gone")
    Campaign.objects.create(name="Old", source=gone)
    config_record_archive(gone, by=None, rights="sources")
    for resource, model in (("lead-sources", LeadSource), ("campaigns", Campaign)):
        before = list(model.objects.order_by("pk").values_list())
        left = export_start(by=mei, resource=resource, query="ordering=id", format=format, layout="import")
        assert left.status == Export.Status.DONE, left.error
        with default_storage.open(left.path) as file:
            content = io.BytesIO(file.read()).read()
        job = imported(mei, resource, content, name=f"x.{format}")
        shown = model.objects.filter(archived_at=None).count()
        assert counts(job) == (0, 0, shown, 0), (resource, reasons(job))
        assert list(model.objects.order_by("pk").values_list()) == before


def test_who_may(call: Call, mei: User) -> None:
    file = csv_of("name|channel|kind", "Ads|online|web_form")
    assert posted(caller_of(mei), "lead-sources", file).status_code == 201
    assert posted(call("mona"), "lead-sources", file).status_code == 403
    assert call("mona").post("campaigns/export/", {}).status_code == 403
    assert caller_of(mei).post("campaigns/export/", {}).status_code == 202
