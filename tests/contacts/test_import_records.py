"""Customers, contacts and opportunities come in from files: made, found again, changed, each row accounted for."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from contacts.models import Contact, Customer, Opportunity
from contacts.services import (
    contact_create,
    customer_archive,
    customer_create,
    customer_edit,
    opportunity_create,
)
from salesflow.journal.models import Event
from salesflow.people.services import config_changed
from salesflow.work.imports import import_kinds
from salesflow.work.models import CustomField, Import, ImportRow, ImportTrialKey
from salesflow.work.services import export_start
from salesflow.work.services.imports import (
    driver,
    import_cancel,
    import_retry,
    import_run,
    import_start,
    import_undo,
    storing,
)
from salesflow.work.services.imports import records as record_imports
from salesflow.work.services.imports.mapping import mapping_guess, target_names
from tests.api.conftest import Caller
from tests.contacts.conftest import again
from tests.contacts.importing import counts, csv_of, imported, posted, reasons
from tests.support.pages import browse

__all__ = ["browse"]
Call = Callable[..., Caller]
CODE = "91310000MA1FL0XXXX"


@pytest.fixture(autouse=True)
def place(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    for resource in ("customers", "opportunities"):
        CustomField.objects.create(resource=resource, key="floors", label="Floors", kind="number")
        CustomField.objects.create(
            resource=resource, key="tier", label="Tier", kind="choice", choices=["Gold", "Tin"]
        )
        CustomField.objects.create(resource=resource, key="since", label="Since", kind="date")
        CustomField.objects.create(resource=resource, key="worth", label="Worth", kind="money")
        CustomField.objects.create(resource=resource, key="guide", label="Guide", kind="user")
        CustomField.objects.create(resource=resource, key="vip", label="VIP", kind="boolean")
        CustomField.objects.create(
            resource=resource, key="ways", label="Ways", kind="multi_choice", choices=["sea", "air"]
        )
    config_changed()


def customer(by: Any, **values: Any) -> Customer:
    return customer_create(by=again(by), values={"name": "Arbor Robotics Ltd", **values})


def test_rows_become_customers_in_the_hands_they_name(call: Call, cast: SimpleNamespace) -> None:
    file = csv_of(
        "external_id|name|city|owner|custom.floors|custom.tier",
        "C-1|Arbor Robotics Ltd|Ulm||1,200|gold",
        "C-2|Blum GmbH|Bonn|alice@cast.test||",
        "C-3|Third Ltd||bob@cast.test||",
        "C-4|Fourth Ltd|||many|",
        "|||||Tin",
    )
    made = posted(call("alice"), "customers", file)
    assert (made.status_code, made.json()["status"]) == (201, "queued"), made.content
    import_run(job_id=made.json()["id"])
    job = Import.objects.get()
    assert counts(job) == (2, 0, 0, 3)
    first, second = Customer.objects.order_by("pk")
    assert (first.name, first.external_id, first.owner) == ("Arbor Robotics Ltd", "C-1", cast.alice)
    assert (first.custom, first.name_key, first.version) == (
        {"floors": 1200, "tier": "Gold"},
        "arborrobotics",
        1,
    )
    assert second.owner == cast.alice
    event = Event.objects.get(kind="contacts.customer_created", subject_id=first.pk)
    assert (event.actor, event.data) == (cast.alice, {"import": job.pk})
    told = reasons(job)
    assert "hands of this person" in told[2] and told[3] == "custom.floors: A number is needed here."
    assert "name" in told[4].lower()
    rejected = b"".join(call("alice").get(f"imports/{job.pk}/rejected-rows/").streaming_content).decode()
    assert '"reason"' in rejected and rejected.count("\r\n") == 4


def test_a_record_is_known_by_its_number_its_external_id_and_its_keys(cast: SimpleNamespace) -> None:
    one = customer(cast.alice, external_id="C-1", city="Ulm")
    coded = customer(cast.alice, name="Coded", credit_code="91350100M000100Y43")
    file = csv_of(
        "id|external_id|credit_code|name|city",
        f"{one.pk}||||Bonn",
        "|C-1|||Ulm",
        "||||",
        "||91350100M000100Y43||Kiel",
        "|||ARBOR ROBOTICS|Trier",
        "|||Arbor Robotics Ltd|Trier",
    )
    job = imported(again(cast.alice), "customers", file)
    assert counts(job) == (0, 4, 1, 0), reasons(job)
    one.refresh_from_db()
    coded.refresh_from_db()
    assert (one.name, one.city, one.version) == ("Arbor Robotics Ltd", "Trier", 4)
    assert (coded.city, coded.version, coded.name) == ("Kiel", 2, "Coded")
    edits = Event.objects.filter(kind="contacts.customer_edited", subject_id=one.pk).order_by("pk")
    assert [event.data for event in edits][:1] == [{"fields": ["city"], "import": job.pk}]
    assert edits[0].private.data["changes"] == {"city": ["Ulm", "Bonn"]}


def test_modes_and_empty_cells(cast: SimpleNamespace) -> None:
    one = customer(cast.alice, city="Ulm", industry="medical")
    file = csv_of("name|city|industry", "Arbor Robotics|Bonn|", "New Ltd|Kiel|")
    job = imported(again(cast.alice), "customers", file, mode="update")
    assert counts(job) == (0, 1, 0, 1) and "no such record" in reasons(job)[1]
    one.refresh_from_db()
    assert (one.city, one.industry) == ("Bonn", "medical"), "an empty cell leaves what is there"
    job = imported(
        again(cast.alice), "customers", csv_of("name|city", "Arbor Robotics|X", "New Ltd|Kiel"), mode="create"
    )
    assert counts(job) == (1, 0, 1, 0)
    one.refresh_from_db()
    assert one.city == "Bonn"


def test_rows_of_one_file_meet_each_other(cast: SimpleNamespace) -> None:
    file = csv_of("name|city|website", "Arbor Ltd|Ulm|", "ARBOR|Ulm|", "Arbor|Bonn|https://arbor.example")
    job = imported(again(cast.alice), "customers", file)
    assert counts(job) == (1, 1, 1, 0), reasons(job)
    one = Customer.objects.get()
    assert (one.city, one.domain_key, one.version) == ("Bonn", "arbor.example", 2)


def test_one_may_change_only_what_one_sees_and_may_edit(call: Call, cast: SimpleNamespace) -> None:
    far = customer(cast.charlie, external_id="F-1")
    mine = customer(cast.bob, name="Bob's Ltd", external_id="B-1")
    put_away = customer(cast.alice, name="Gone Ltd")
    customer_archive(customer=put_away, by=again(cast.alice))
    file = csv_of(
        "id|external_id|name|city",
        f"{far.pk}|||X",
        "|F-1||X",
        "||Arbor Robotics Ltd|X",
        f"{put_away.pk}|||X",
        "|B-1||X",
        "abc|||X",
    )
    job = imported(again(cast.alice), "customers", file)
    assert counts(job) == (0, 0, 0, 6), reasons(job)
    assert [bool(reason) for reason in reasons(job)] == [True] * 6
    assert not Customer.objects.filter(city="X").exists()
    job = imported(again(cast.mona), "customers", csv_of("external_id|city|owner", "B-1|Ulm|alice@cast.test"))
    assert counts(job) == (0, 1, 0, 0), reasons(job)
    mine.refresh_from_db()
    assert (mine.city, mine.owner) == ("Ulm", cast.alice)
    assert posted(call("finance"), "customers", file).status_code == 403
    assert posted(call("auditor"), "customers", file).status_code == 403


def test_contacts_are_known_within_their_customer(cast: SimpleNamespace) -> None:
    one, other = customer(cast.alice, external_id="C-1"), customer(cast.alice, name="Other Ltd")
    ann = contact_create(
        customer=one, by=again(cast.alice), values={"name": "Ann", "email": "ann@arbor.example"}
    )
    file = csv_of(
        "customer_id|customer_external_id|customer|name|email|mobile|title",
        f"{one.pk}|||Ann|Ann@Arbor.example||Head",
        "|C-1||Ben||138 0013 8000|",
        "||ARBOR Robotics|Ben||+8613800138000|Buyer",
        f"{other.pk}|||Ann|ann@arbor.example||",
        "||Nobody Ltd|Cyd|||",
        "|||Dan|||",
        "||Other|Eve|nowhere||",
        "|C-1||Ann|||Chief",
    )
    job = imported(again(cast.alice), "contacts", file)
    assert counts(job) == (2, 3, 0, 3), reasons(job)
    ann.refresh_from_db()
    assert (ann.title, ann.email, ann.email_key) == ("Chief", "ann@arbor.example", "ann@arbor.example")
    ben = Contact.objects.get(name="Ben")
    assert (ben.customer, ben.mobile, ben.title) == (one, "+8613800138000", "Buyer")
    told = reasons(job)
    assert "Nobody Ltd" in told[4] and "needs its customer" in told[5] and "e-mail" in told[6]


def test_opportunities_name_customer_contact_and_owner(cast: SimpleNamespace) -> None:
    one = customer(cast.alice)
    contact_create(customer=one, by=again(cast.alice), values={"name": "Ann", "email": "ann@arbor.example"})
    file = csv_of(
        "external_id|customer|name|contact|amount|currency|expected_close|custom.worth",
        "O-1|Arbor Robotics|Arms|ann@arbor.example|1,200.50||2027/01/31|€5",
        "O-1|Arbor Robotics|Arms|Ann|1200.50|cny|2027-01-31 00:00:00|5 EUR",
        "O-2|Arbor Robotics|Legs|Zoe|||",
        "O-3|Arbor Robotics|Head||ten|ZZZ|soon|",
        "O-4|Arbor Robotics|Feet|||ZZZ||",
        "O-1|Other|Arms||7|||",
    )
    customer(cast.alice, name="Other")
    job = imported(again(cast.alice), "opportunities", file)
    assert counts(job) == (1, 0, 1, 4), reasons(job)
    deal = Opportunity.objects.get()
    assert (str(deal.amount), deal.currency, str(deal.expected_close)) == ("1200.50", "CNY", "2027-01-31")
    assert (deal.contact.name, deal.owner, deal.state) == ("Ann", cast.alice, "open")
    assert deal.custom["worth"] == {"amount": "5.00", "currency": "EUR"}
    told = reasons(job)
    assert (
        "Zoe" in told[2]
        and "amount" in told[3]
        and "date" in told[3]
        and "stays with its customer" in told[5]
    )


def test_a_dry_run_says_what_the_run_does_and_writes_nothing(
    cast: SimpleNamespace, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_imports, "CHUNK", 2)
    customer(cast.alice, city="Ulm")
    file = csv_of(
        "name|city|custom.floors",
        "Arbor Robotics|Bonn|", "New Ltd|Kiel|", "Other Ltd||x", "NEW|Trier|", "Last Ltd||3",
    )  # fmt: skip
    before = (
        Customer.objects.values_list("city", flat=True)[0],
        Event.objects.filter(subject_type="contacts.customer").count(),
    )
    job = imported(again(cast.alice), "customers", file, dry_run=True)
    foretold = counts(job)
    assert foretold == (2, 2, 0, 1), reasons(job)
    assert "As row 3" in reasons(job)[3]
    assert Customer.objects.count() == 1 and not ImportTrialKey.objects.exists()
    after = (
        Customer.objects.values_list("city", flat=True)[0],
        Event.objects.filter(subject_type="contacts.customer").count(),
    )
    assert after == before
    assert call("alice").post(f"imports/{job.pk}/undo/").status_code == 409
    begun = call("alice").post(f"imports/{job.pk}/start/")
    assert (begun.status_code, begun.json()["status"], begun.json()["dry_run"]) == (200, "queued", False)
    import_run(job_id=job.pk)
    assert counts(job) == foretold and Customer.objects.count() == 3


def test_a_cancelled_import_keeps_its_rows_and_goes_on_when_asked(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_imports, "CHUNK", 2)
    enter, alice = storing.Chunks.enter, again(cast.alice)

    def cancelled_after(self: Any, chunk: Any) -> None:
        enter(self, chunk)
        import_cancel(job=self.job, by=alice)

    file = csv_of("name", "One Ltd", "Two Ltd", "Three Ltd", "Four Ltd")
    with monkeypatch.context() as once:
        once.setattr(storing.Chunks, "enter", cancelled_after)
        job = imported(alice, "customers", file)
    assert (job.status, job.created, job.processed, job.total) == ("cancelled", 2, 2, None)
    assert Customer.objects.count() == 2
    import_retry(job=job, by=alice)
    import_run(job_id=job.pk)
    assert counts(job) == (4, 0, 0, 0)
    names = list(Customer.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["One Ltd", "Two Ltd", "Three Ltd", "Four Ltd"]


def test_a_worker_whose_job_was_stopped_and_taken_up_by_another_writes_no_more(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter, alice = storing.Chunks.enter, again(cast.alice)

    def taken_over(self: Any, chunk: Any) -> None:
        import_cancel(job=self.job, by=alice)
        import_retry(job=self.job, by=alice)
        assert driver._taken(self.flow, self.job.pk) is not None
        enter(self, chunk)

    with monkeypatch.context() as once:
        once.setattr(storing.Chunks, "enter", taken_over)
        job = imported(alice, "customers", csv_of("name", "One Ltd", "Two Ltd"))
    assert (job.status, job.processed, Customer.objects.count()) == ("running", 0, 0)
    type(job).objects.filter(pk=job.pk).update(leased_until=None)
    import_run(job_id=job.pk)
    assert counts(job) == (2, 0, 0, 0)


def test_an_import_is_undone_where_nobody_worked_on_since(cast: SimpleNamespace, call: Call) -> None:
    alice = again(cast.alice)
    one = customer(cast.alice, city="Ulm", industry="medical", custom={"floors": 1})
    two = customer(cast.alice, name="Second Ltd", city="Ulm")
    file = csv_of(
        "name|city|industry|custom.floors|custom.tier",
        "Arbor Robotics|Bonn|steel|2|Gold", "Second|Bonn|||", "New Ltd|Kiel|||", "Worked Ltd|Kiel|||",
        "With People Ltd||||", "New Ltd|Trier|||",
    )  # fmt: skip
    job = imported(alice, "customers", file)
    assert counts(job) == (3, 3, 0, 0), reasons(job)
    customer_edit(customer=two, by=alice, values={"city": "Mainz"})
    worked, peopled = Customer.objects.get(name="Worked Ltd"), Customer.objects.get(name="With People Ltd")
    customer_edit(customer=worked, by=alice, values={"website": "https://worked.example"})
    contact_create(customer=peopled, by=alice, values={"name": "Ann"})
    import_undo(job=job, by=alice)
    job.refresh_from_db()
    assert (job.status, set(job.kept_after_undo)) == ("undone", {two.pk, worked.pk, peopled.pk})
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.city, one.industry, one.custom["floors"], one.custom.get("tier")) == (
        "Ulm",
        "medical",
        1,
        None,
    )
    assert two.city == "Mainz", "what a person has changed since is his"
    assert Customer.objects.get(name="New Ltd").archived_at and not worked.archived_at
    assert call("alice").post(f"imports/{job.pk}/undo/").status_code == 409
    import_retry(job=job, by=alice)
    import_run(job_id=job.pk)
    assert counts(job)[0] == 1, "what was kept is met again"


def records(cast: SimpleNamespace) -> None:
    alice = again(cast.alice)
    own = {
        "floors": 3, "tier": "Tin", "since": "2026-12-01", "worth": "5.50 EUR", "guide": "Bob", "vip": False,
        "ways": ["sea", "air"],
    }  # fmt: skip
    one = customer(
        cast.alice, external_id="007", website="https://a.example/?b=1", city="=cmd|' /C calc'!A0", custom=own
    )
    person = customer(cast.alice, name="Ida Blum", is_person=True)
    ann = contact_create(
        customer=one, by=alice, values={"name": "Ann", "email": "a@b.example", "phone": "021 5555 0100"}
    )
    contact_create(customer=person, by=alice, values={"name": "-2+3", "mobile": "138 0013 8000"})
    values = {
        "name": "Arms",
        "contact": ann,
        "amount": "1200.50",
        "expected_close": "2027-01-31",
        "custom": own,
    }
    opportunity_create(customer=one, by=alice, values=values)
    opportunity_create(customer=person, by=alice, values={"name": "@Legs", "external_id": "O-1"})


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_leaves_for_the_import_comes_back_and_changes_nothing(
    format: str, cast: SimpleNamespace
) -> None:
    records(cast)
    for kind in import_kinds():
        if kind.model._meta.app_label != "contacts":
            continue
        by = again(cast.alice)
        left = export_start(
            by=by, resource=kind.resource, query="ordering=id", format=format, layout="import"
        )
        assert left.status == "done", left.error
        with default_storage.open(left.path) as file:
            job = imported(by, kind.resource, file.read(), f"x.{format}", mode="update")
        assert set(job.header) == set(target_names(kind)) - {"customer_external_id", "customer_credit_code"}
        assert counts(job) == (0, 0, 2, 0), (kind.resource, reasons(job))
        assert set(kind.model.objects.values_list("version", flat=True)) == {1}  # type: ignore[attr-defined]


def test_templates_explain_every_column_and_are_known_again(
    browse: Callable[..., Client], cast: SimpleNamespace, tmp_path: Path
) -> None:
    admin = browse("admin")
    customer(cast.alice, name="上海明远科技有限公司")
    for kind in import_kinds():
        sheet = admin.get(f"/imports/template.xlsx?resource={kind.resource}")
        (tmp_path / "x.xlsx").write_bytes(sheet.content)
        book = load_workbook(tmp_path / "x.xlsx")
        notes = {row[0].value: row[1].value for row in book["Notes"].iter_rows()}
        assert set(target_names(kind)) <= set(notes) and all(notes.values())
        plain = b"".join(admin.get(f"/imports/template.csv?resource={kind.resource}").streaming_content)
        for content, name in ((plain, "t.csv"), (sheet.content, "t.xlsx")):
            job = imported(again(cast.admin), kind.resource, content, name)
            assert job.status == "done" and job.rejected == 0, (kind.resource, reasons(job))
    assert admin.get("/imports/template.csv?resource=moons").status_code == 404


def test_columns_are_guessed_by_what_people_head_them_and_remembered(cast: SimpleNamespace) -> None:
    kinds = {kind.resource: kind for kind in import_kinds()}
    alice = again(cast.alice)
    guess = mapping_guess(
        kinds["contacts"], ["联系人", "Account Name", "邮箱", "Mobile Phone", "Shoe size"], alice
    )
    assert list(guess.values()) == [["name"], ["customer"], ["email"], ["mobile"], []]
    guess = mapping_guess(kinds["opportunities"], ["商机名称", "客户名称", "Close Date", "Floors"], alice)
    assert list(guess.values()) == [["name"], ["customer"], ["expected_close"], ["custom.floors"]]
    job = imported(alice, "customers", csv_of("Firma|Ort", "Arbor|Ulm"))
    assert job.status == "needs_mapping"
    import_start(job=job, by=alice, mapping={"Firma": "name", "Ort": "city"})
    import_run(job_id=job.pk)
    assert counts(job) == (1, 0, 0, 0)
    assert mapping_guess(kinds["customers"], ["Firma", "Ort"], alice) == {"Firma": ["name"], "Ort": ["city"]}


def test_the_wizard_maps_tries_and_reports(browse: Callable[..., Client], cast: SimpleNamespace) -> None:
    alice, file = browse("alice"), csv_of("Firma|Ort", "Arbor Ltd|Ulm", "|Bonn")
    assert "Import" in alice.get("/customers/").content.decode()
    sent = {"file": SimpleUploadedFile("a.csv", file), "resource": "customers"}
    page = alice.post("/imports/new/", sent)["Location"]
    assert "Empty cells leave what a record holds." in alice.get(page).content.decode()
    chosen = {"column-0": "name", "column-1": "city", "mode": "both"}
    part = alice.post(f"{page}preview/", chosen, headers={"HX-Request": "true"}).content.decode()
    assert "Arbor Ltd" in part and "Rejected" in part
    assert alice.post(f"{page}preview/", {"column-1": "city"}).status_code == 200
    refused = alice.post(f"{page}start/", {"column-0": "", "column-1": "city", "mode": "create"})
    assert refused.status_code == 400
    assert alice.post(f"{page}start/", {**chosen, "dry_run": "1"}).status_code == 302
    job = Import.objects.get()
    import_run(job_id=job.pk)
    shown = alice.get(page).content.decode()
    assert "Would be created" in shown and "nothing was written" in shown and not Customer.objects.exists()
    assert "HX-Redirect" in alice.get(f"{page}progress/?running")
    assert "column-0" in alice.get(f"{page}?columns").content.decode()
    assert alice.post(f"{page}start/").status_code == 302
    import_run(job_id=job.pk)
    assert Customer.objects.get().city == "Ulm"
    assert "Download with reasons" in alice.get(page).content.decode()
    assert alice.post(f"{page}cancel/").status_code == 409
    assert alice.post(f"{page}undo/").status_code == 302 and Customer.objects.get().archived_at
    assert browse("bob").get(page).status_code == 404 and browse("mona").get(page).status_code == 200
    assert ImportRow.objects.filter(job=job).count() == 2
