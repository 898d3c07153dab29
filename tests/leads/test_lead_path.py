"""The path of a lead, from the first visit of the company's pages to the conversion: on its page and over REST."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.services import lead_convert
from leads.models import Lead, LeadEvent
from leads.services import lead_merge
from leads.services import path as paths
from leads.services.defaults import leads_ensure_defaults
from tests.api.conftest import caller_of, make_cast
from tests.leads import cast as scene
from tests.leads.test_track_visits import VISITOR, send, site, view  # noqa: F401
from tests.leads.test_web_forms import IDA, SITE, form, post  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    return people


def happened(lead: Lead, minutes_ago: float, kind: str = "page_view", **values: Any) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    LeadEvent.objects.create(lead=lead, kind=kind, occurred_at=at, **values)


def test_a_visitor_who_sends_a_form_brings_his_path(site: Any) -> None:  # noqa: F811
    send(
        site, view(1, ago=7200, url=f"{SITE}/?utm_campaign=spring&x=1"), view(2, ago=7100, dwell=40), view(3)
    )
    assert post(site, {**IDA, "visitor": VISITOR}).status_code == 303
    lead = Lead.objects.get()
    assert lead.owner is not None
    told = caller_of(lead.owner).get(f"leads/{lead.pk}/path/").json()
    assert (told["visits"], told["page_views"], told["dwell_seconds"], told["left_out"]) == (2, 3, 50, 0)
    assert told["utm"] == {"utm_campaign": "spring"}
    assert [(step["kind"], step["visit"]) for step in told["steps"]] == [
        ("page_view", 1), ("page_view", 1), ("page_view", 2), ("form_submit", 2),
    ]  # fmt: skip
    assert told["first_visit_at"] < told["form_submitted_at"] and told["converted_at"] is None
    lead_convert(lead=lead, by=lead.owner)
    browser = Client()
    browser.force_login(lead.owner)
    page = browser.get(f"/leads/{lead.pk}/").content.decode().split("<h2>Path</h2>")[1]
    places = [page.index(word) for word in ("First visit", "/prices", "Visit 2", "Form submitted", "Became a lead",
                                            "Converted")]  # fmt: skip
    assert places == sorted(places) and "spring" in page


def test_without_visits_nothing_is_told(cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice, utm={"items": "x", "utm_source": "mail"})
    happened(lead, 5, "email_open")
    told = caller_of(cast.alice).get(f"leads/{lead.pk}/path/").json()
    assert (told["steps"], told["visits"], told["first_visit_at"]) == ([], 0, None)
    assert told["utm"] == {"items": "x", "utm_source": "mail"}
    happened(lead, 5, url="https://[")
    browser = Client()
    browser.force_login(cast.alice)
    assert "https://[" in browser.get(f"/leads/{lead.pk}/").content.decode()


def test_of_a_long_path_the_middle_is_left_out_and_all_is_counted(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ENDS", 2)
    lead = scene.lead_of(cast.alice)
    for n in range(9):
        happened(lead, 900 - 60 * n, url=f"/{n}", dwell_seconds=3)
    found = paths.lead_path(lead=lead, user=cast.alice)
    assert [step.label for step in found.steps] == ["/0", "/1", "/7", "/8"]
    assert (found.visits, found.page_views, found.dwell_seconds, found.left_out) == (9, 9, 27, 5)


def test_behaviour_of_a_merged_lead_comes_along(cast: SimpleNamespace) -> None:
    lead, twin = scene.leads_of(cast.alice, 2)
    happened(twin, 30, url="/twin")
    lead_merge(lead=lead, duplicate=twin, by=cast.alice, fields={})
    assert [step.label for step in paths.lead_path(lead=lead, user=cast.alice).steps] == ["/twin"]


def test_it_is_told_to_those_who_see_the_lead_and_masked_as_the_lead_is(cast: SimpleNamespace) -> None:
    pool = scene.default_pool(members=[cast.alice], managers=[cast.mona], mask_contacts=True)
    lead = scene.lead_in_pool(pool, email="kim@arbor.test")
    happened(lead, 5, url="https://arbor.test/a?email=kim@arbor.test")
    said = {
        who: caller_of(getattr(cast, who)).get(f"leads/{lead.pk}/path/")
        for who in ("alice", "mona", "charlie")
    }
    assert said["alice"].json()["steps"][0]["url"] == "https://arbor.test/a"
    assert said["mona"].json()["steps"][0]["url"].endswith("kim@arbor.test")
    assert said["charlie"].status_code == 404
    browser = Client()
    browser.force_login(cast.alice)
    assert "kim@arbor.test" not in browser.get(f"/leads/{lead.pk}/").content.decode()
