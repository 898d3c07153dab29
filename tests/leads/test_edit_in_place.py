"""A cell of a list, or a fact of the page, is edited in its place: by the form and the service of the record."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead
from leads.services import lead_edit
from leads.services.defaults import leads_ensure_defaults
from salesflow.journal.models import Event
from salesflow.lib import fields
from salesflow.work.models import CustomField
from tests.api.conftest import make_cast
from tests.leads import cast as scene
from tests.support.pages import browse, told

__all__ = ["browse"]
pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    scene.default_pool(members=[people.alice, people.bob], managers=[people.mona])
    return people


@pytest.fixture
def lead(cast: SimpleNamespace) -> Lead:
    return scene.lead_of(cast.alice, company_name="Arbor", city="Ulm", budget=1000, currency="EUR")


def opened(client: Client, lead: Lead, field: str, **more: Any) -> Any:
    return client.get(f"/leads/{lead.pk}/cell/", {"field": field, **more})


def sent(client: Client, lead: Lead, field: str, **typed: Any) -> Any:
    return client.post(
        f"/leads/{lead.pk}/cell/", {"field": field, "list": "leads", "version": lead.version, **typed}
    )


def test_the_editor_holds_the_field_as_it_is_and_its_version(browse: Browse, lead: Lead) -> None:
    page = opened(browse("alice"), lead, "budget currency").content.decode()
    assert 'name="budget" value="1000.00"' in page and 'name="currency" value="EUR"' in page
    assert f'name="version" value="{lead.version}"' in page and "company_name" not in page
    assert page.count('form="cell"') == 3  # of no form of the page: no deed on rows sends it along


def test_what_is_typed_is_saved_and_the_row_answered_with_its_columns(browse: Browse, lead: Lead) -> None:
    answer = sent(browse("alice"), lead, "city", city="Kunming", columns="city,company_name")
    row = answer.content.decode()
    assert row.startswith(f'<tr data-href="/leads/{lead.pk}/" data-id="{lead.pk}">')
    assert "Kunming" in row and "Arbor" in row and 'data-edit="city"' in row
    said = Event.objects.filter(kind="leads.edited", subject_id=lead.pk).get()
    assert said.data["fields"] == ["city"] and scene.fresh(lead).company_name == "Arbor"


def test_a_fact_of_the_page_needs_no_row(browse: Browse, lead: Lead) -> None:
    alice = browse("alice")
    page = alice.get(f"/leads/{lead.pk}/").content.decode()
    assert f'data-cells="/leads/{lead.pk}/cell/"' in page and 'data-edit="city region country"' in page
    typed = {
        "field": "city region country",
        "version": lead.version,
        "city": "Bonn",
        "region": "NW",
        "country": "",
    }
    assert alice.post(f"/leads/{lead.pk}/cell/", typed).status_code == 204
    assert scene.fresh(lead).city == "Bonn" and scene.fresh(lead).region == "NW"


def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_lost(browse: Browse, lead: Lead) -> None:
    answer = sent(browse("alice"), lead, "email", email="no address <b>")
    page = answer.content.decode()
    assert answer.status_code == 400 and "field-error" in page and 'aria-invalid="true"' in page
    assert "no address &lt;b&gt;" in page and scene.fresh(lead).email != "no address <b>"


def test_a_stale_edit_shows_both_and_sent_again_it_is_carried_out(
    browse: Browse, lead: Lead, cast: Any
) -> None:
    alice = browse("alice")
    lead_edit(lead=lead, by=cast.mona, values={"city": "Graz"})
    answer = sent(alice, lead, "city", city="Kunming")
    page = answer.content.decode()
    assert answer.status_code == 409 and "<b>Graz</b>" in page and 'value="Kunming"' in page
    assert scene.fresh(lead).city == "Graz"
    now = scene.fresh(lead)
    assert f'name="version" value="{now.version}"' in page
    assert "Graz" in opened(alice, lead, "city", row=1, list="leads", columns="city").content.decode()
    assert sent(alice, now, "city", city="Kunming").status_code == 200
    assert scene.fresh(lead).city == "Kunming"


def test_a_twin_is_refused_as_on_the_form(browse: Browse, lead: Lead, cast: Any) -> None:
    scene.lead_of(cast.alice, email="kim@arbor.test", email_key="kim@arbor.test")
    answer = sent(browse("alice"), lead, "email", email="kim@arbor.test")
    assert answer.status_code == 409 and "This lead is there already." in answer.content.decode()


def test_fields_that_were_added_are_edited_too(browse: Browse, lead: Lead) -> None:
    CustomField.objects.create(
        resource="leads", key="tier", label="Tier", kind="choice", choices=["Gold", "Tin"]
    )
    CustomField.objects.create(resource="leads", key="since", label="Since", kind="date")
    alice = browse("alice")
    assert '<option value="Gold">' in opened(alice, lead, "custom.tier").content.decode()
    row = sent(alice, lead, "custom.tier", columns="custom.tier", **{"custom.tier": "Gold"}).content.decode()
    assert "Gold" in row and 'data-edit="custom.tier"' in row
    answer = sent(alice, scene.fresh(lead), "custom.since", **{"custom.since": "soon"})
    assert answer.status_code == 400 and scene.fresh(lead).custom == {"tier": "Gold"}


@pytest.mark.parametrize(
    "field", ["", "version", "owner", "status", "custom.nothing", "city city2", "a b c d e"]
)
def test_nothing_else_is_edited_in_place(browse: Browse, lead: Lead, field: str) -> None:
    alice = browse("alice")
    assert opened(alice, lead, field).status_code == 400
    answer = sent(alice, lead, field, owner=1, status="converted")
    assert answer.status_code == 400 and scene.fresh(lead).version == lead.version


def test_who_may_not_change_it_is_refused_and_offered_nothing(browse: Browse, lead: Lead, cast: Any) -> None:
    pooled = scene.lead_in_pool(company_name="Pooled")
    assert opened(browse("bob"), lead, "city").status_code == 404
    bob = browse("bob")  # a member sees what waits in the pool, and changes nothing of it
    assert opened(bob, pooled, "city").status_code == 403
    assert sent(bob, pooled, "city", city="Bonn").status_code == 403
    auditor = browse("auditor") if hasattr(cast, "auditor") else None
    if auditor:
        assert "data-edit" not in auditor.get("/leads/").content.decode()
    assert 'data-cells="/leads/0/cell/"' in browse("alice").get("/leads/?owner=me").content.decode()


def test_a_field_that_is_hidden_from_somebody_is_none_for_him(
    browse: Browse, lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "_rules", {"leads": [(frozenset({"budget"}), lambda user: False)]})
    assert opened(browse("alice"), lead, "budget currency").status_code == 400


def test_a_lead_that_was_archived_meanwhile_says_so(browse: Browse, lead: Lead) -> None:
    alice = browse("alice")
    alice.post(f"/leads/{lead.pk}/archive/")
    answer = sent(alice, lead, "city", city="Bonn")
    assert answer.status_code == 409 and "archived" in answer.content.decode()
    assert scene.fresh(lead).city == "Ulm" and told(answer) is not None
