"""From a list one sets a field of the chosen records, or of all that match: asked as the record's own form asks it."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from contacts.models import Contact, Customer, Opportunity
from leads.models import Lead
from salesflow.lib import fields as field_policy
from salesflow.people.services import config_changed
from salesflow.work.models import BulkJob, CustomField
from salesflow.work.services import bulk_job_run
from tests.leads import cast as scene
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
TIER = {"kind": "choice", "choices": ["Gold", "Silver"], "label": "Tier"}


def ask(client: Client, name: str, rows: Any, **typed: Any) -> Any:
    """Send the page for these rows, or (a text) for all that this query shows."""
    chosen = {"all": "1", "query": rows} if isinstance(rows, str) else {"ids": [row.pk for row in rows]}
    return client.post("/bulk-jobs/set/", {"list": name, "next": "/tasks/", **chosen, **typed})


def page_of(*args: Any, **typed: Any) -> str:
    answer = ask(*args, **typed)
    assert answer.status_code == 200
    return answer.content.decode()


def values(rows: QuerySet[Any], name: str) -> list[Any]:
    return list(rows.order_by("pk").values_list(name, flat=True))


def declare(resource: str) -> None:
    CustomField.objects.create(resource=resource, key="tier", **TIER)
    config_changed()


def test_the_list_offers_it_and_the_page_asks_for_the_field_first(
    browse: Browse, cast: SimpleNamespace
) -> None:
    declare("leads")
    leads, client = scene.leads_of(cast.alice, 2), browse("alice")
    assert "/bulk-jobs/set/" in client.get("/leads/?grade=B").content.decode()
    page = page_of(client, "leads", leads)
    assert "2 records selected" in page and 'value="custom.tier"' in page and 'name="industry"' not in page
    page = page_of(client, "leads", leads, field="industry")
    assert '<input type="text" name="industry"' in page and "field-error" not in page
    page = page_of(client, "leads", leads, field="custom.tier", shown="industry", industry="x")
    assert '<select name="custom.tier"' in page and "Silver" in page, "another field asks for its own value"
    assert not BulkJob.objects.exists()


def test_the_value_is_set_of_the_chosen_and_the_toast_undoes_it(
    browse: Browse, cast: SimpleNamespace
) -> None:
    leads, client = scene.leads_of(cast.alice, 2, city="Bonn"), browse("alice")
    answer = ask(client, "leads", leads, field="city", shown="city", city="Ulm")
    assert (answer.status_code, answer["Location"], told(answer)) == (302, "/tasks/", "2 records changed.")
    assert values(Lead.objects.all(), "city") == ["Ulm", "Ulm"]
    client.post(f"/bulk-jobs/{BulkJob.objects.get().pk}/undo/")
    assert values(Lead.objects.all(), "city") == ["Bonn", "Bonn"]


def test_all_that_match_travel_as_the_filter(browse: Browse, cast: SimpleNamespace) -> None:
    declare("leads")
    scene.leads_of(cast.alice, 60, grade="A")
    scene.leads_of(cast.alice, 2, grade="C")
    client = browse("alice")
    assert "All: 60 records" in page_of(client, "leads", "grade=A")
    typed = {"field": "custom.tier", "shown": "custom.tier", "custom.tier": "Gold"}
    answer = ask(client, "leads", "grade=A", **typed)
    job = BulkJob.objects.get()
    assert (answer["Location"], job.query, job.is_picked) == (f"/bulk-jobs/{job.pk}/", "grade=A", False)
    bulk_job_run(job_id=job.pk)
    assert Lead.objects.filter(custom={"tier": "Gold"}).count() == 60
    page = client.get(job.get_absolute_url()).content.decode()
    assert "<dt>Tier</dt><dd>Gold</dd>" in page
    assert "Set a field" in client.get("/bulk-jobs/").content.decode()
    client.post(f"/bulk-jobs/{job.pk}/undo/")
    bulk_job_run(job_id=job.pk)
    assert Lead.objects.filter(custom={}).count() == 62


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("city", "", "A text of at most 80 characters is needed."),
        ("city", "x" * 81, "A text of at most 80 characters is needed."),
        ("city", "a\x00b", "Null characters are not allowed."),
        ("custom.floors", "many", "A number is needed here."),
        ("custom.floors", "1\x00", "Null characters are not allowed."),
    ],
)
def test_what_the_field_does_not_take_is_told_beside_it_and_makes_no_job(
    browse: Browse, cast: SimpleNamespace, field: str, value: str, says: str
) -> None:
    CustomField.objects.create(resource="leads", key="floors", label="Floors", kind="number")
    config_changed()
    leads = scene.leads_of(cast.alice, 1)
    page = page_of(browse("alice"), "leads", leads, field=field, shown=field, **{field: value})
    assert "field-error" in page and says in page
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize("field", ["owner", "custom.height", "x' OR 1=1 --"])
def test_a_field_that_is_none_is_not_set(browse: Browse, cast: SimpleNamespace, field: str) -> None:
    leads = scene.leads_of(cast.alice, 1)
    page = page_of(browse("alice"), "leads", leads, field=field, shown=field, **{field: "1"})
    assert "Select a valid choice" in page and not BulkJob.objects.exists()


def test_customers_contacts_and_opportunities_have_it_too(browse: Browse, cast: SimpleNamespace) -> None:
    declare("opportunities")
    client = browse("alice")
    customer = Customer.objects.create(name="Orion", owner=cast.alice, industry="Steel")
    other = Customer.objects.create(name="Vertex", owner=cast.charlie, industry="Steel")
    contact = Contact.objects.create(customer=customer, name="Clara Berg")
    deal = Opportunity.objects.create(customer=customer, name="Ten arms", owner=cast.alice)
    for address in ("/customers/", "/contacts/", "/opportunities/"):
        assert "/bulk-jobs/set/" in client.get(address).content.decode()
    answer = ask(
        client, "customers", [customer, other], field="industry", shown="industry", industry="Robots"
    )
    assert values(Customer.objects.all(), "industry") == ["Robots", "Steel"]
    job = BulkJob.objects.get()
    assert answer["Location"] == f"/bulk-jobs/{job.pk}/" and (job.done, job.refused) == (1, 1)
    ask(client, "contacts", [contact], field="title", shown="title", title="Head of plant")
    assert scene.fresh(contact).title == "Head of plant"
    assert 'type="date"' in page_of(client, "opportunities", [deal], field="expected_close")
    page = page_of(client, "opportunities", [deal], field="expected_close", shown="expected_close",
                   expected_close="soon")  # fmt: skip
    assert "Enter a valid date." in page
    for day in ("2030-01-31", "2030-02-28"):
        ask(
            client,
            "opportunities",
            [deal],
            field="expected_close",
            shown="expected_close",
            expected_close=day,
        )
    ask(client, "opportunities", [deal], field="custom.tier", shown="custom.tier", **{"custom.tier": "Gold"})
    held = scene.fresh(deal)
    assert (held.expected_close, held.custom) == (date(2030, 2, 28), {"tier": "Gold"})
    for job in BulkJob.objects.order_by("-pk"):
        client.post(f"/bulk-jobs/{job.pk}/undo/")
    held = scene.fresh(deal)
    assert (held.expected_close, held.custom, scene.fresh(contact).title) == (None, {}, "")
    assert scene.fresh(customer).industry == "Steel"


def test_what_somebody_changed_since_is_left_when_it_is_undone(browse: Browse, cast: SimpleNamespace) -> None:
    customer = Customer.objects.create(name="Orion", owner=cast.alice, city="Bonn")
    ask(browse("alice"), "customers", [customer], field="city", shown="city", city="Ulm")
    Customer.objects.filter(pk=customer.pk).update(city="Köln")
    browse("alice").post(f"/bulk-jobs/{BulkJob.objects.get().pk}/undo/")
    assert scene.fresh(customer).city == "Köln"
    assert BulkJob.objects.get().rows.get().code == "changed_since"


def test_who_may_not_edit_and_a_list_without_it_are_refused(browse: Browse, cast: SimpleNamespace) -> None:
    leads = scene.leads_of(cast.alice, 1)
    assert ask(browse("auditor"), "leads", leads).status_code == 403
    assert ask(browse("alice"), "tasks", leads).status_code == 400
    assert ask(browse("alice"), "leads", []).status_code == 400
    assert ask(browse("alice"), "leads", "nothing=1").status_code == 400


def test_a_hidden_field_is_not_offered_and_not_taken(
    browse: Browse, call: Callable[..., Any], cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = scene.leads_of(cast.alice, 1)
    monkeypatch.setitem(field_policy._rules, "leads", [(frozenset({"city"}), lambda user: False)])
    assert 'value="city"' not in page_of(browse("alice"), "leads", leads)
    body = {
        "resource": "leads",
        "action": "set",
        "params": {"field": "city", "value": "Ulm"},
        "ids": [leads[0].pk],
    }
    assert call("alice").post("bulk-jobs/", body).status_code == 400


def test_rest_sets_fields_of_customers_as_the_page_does(
    call: Callable[..., Any], cast: SimpleNamespace
) -> None:
    Customer.objects.create(name="Orion", owner=cast.alice, city="Bonn")
    body = {
        "resource": "customers",
        "action": "set",
        "params": {"field": "city", "value": "Ulm"},
        "query": "",
    }
    assert call("alice").post("bulk-jobs/", body).json()["done"] == 1
    day = {**body, "resource": "opportunities", "params": {"field": "expected_close", "value": 7}}
    assert call("alice").post("bulk-jobs/", day).status_code == 400
