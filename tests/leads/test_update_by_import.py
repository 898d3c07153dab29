"""A file changes leads that are there, by record number or external id; and a whole file is tried before it is read."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services import import_run, import_start, import_undo, lead_create, lead_edit
from leads.services.imports import flow
from salesflow.journal.models import Event
from salesflow.people.models import User
from salesflow.work.models import CustomField, ImportTrialKey
from tests.api.conftest import Caller
from tests.leads import cast
from tests.leads.importing import counts, csv_of, done, imported, posted

HEADER = [
    "external_id",
    "company_name",
    "contact_name",
    "email",
    "phone",
    "budget",
    "need_fit",
    "custom.seats",
]


@pytest.fixture
def seats(rep: User) -> None:
    CustomField.objects.create(resource="leads", key="seats", label="Seats", kind="number")


def known(rep: User, **values: Any) -> Lead:
    facts = {
        "external_id": "X-1",
        "company_name": "Arbor Ltd",
        "contact_name": "Ann",
        "email": "ann@arbor.example",
    }
    return lead_create(by=rep, values={**facts, "phone": "+8613800138000", **values}, assignment="me")


def reasons(job: LeadImport) -> list[str]:
    return list(
        LeadImportRow.objects.filter(lead_import=job).order_by("number").values_list("reason", flat=True)
    )


def test_filled_cells_replace_and_empty_ones_leave(rep: User, seats: None) -> None:
    one = known(rep, currency="EUR", budget="10", custom={"seats": 3, "note": "x"})
    rows = [
        ["X-1", "", "", "", "", "500000", "90", "12"],
        ["X-1", "Arbor Ltd", "", "", "", "500000.00", "", ""],
        ["X-2", "Bolt Ltd", "Bob", "bob@bolt.example", "", "", "", ""],
        ["X-2", "", "Bobby", "", "", "", "", ""],
        ["", "Arbor Ltd", "Ann", "", "", "7", "", ""],
        ["X-1", "", "", "", "ask her", "", "", ""],
    ]
    job = imported(rep, rows, header=HEADER, on_duplicate="update", assignment="none")
    assert counts(job) == (1, 2, 2, 1), reasons(job)
    before, one = one, Lead.objects.get(pk=one.pk)
    assert (str(one.budget), one.currency, one.need_fit) == ("500000.00", "EUR", 90)
    assert one.custom == {"seats": 12, "note": "x"} and one.phone == before.phone
    assert (one.version, one.owner) == (before.version + 1, rep) and one.score != before.score
    event = Event.objects.get(kind="leads.edited", subject_id=one.pk)
    assert event.data == {"import": job.pk, "fields": ["budget", "custom", "need_fit"]}
    assert event.private.data["changes"]["need_fit"] == [None, 90]
    assert Lead.objects.get(external_id="X-2").contact_name == "Bobby"
    told = reasons(job)
    assert (told[1], told[4]) == ("unchanged", "company_person") and told[5].startswith("phone:")


def test_what_a_custom_field_cannot_hold_changes_no_lead_and_stays_text_with_a_new_one(
    rep: User, seats: None
) -> None:
    one = known(rep, custom={"seats": 3})
    worded = known(rep, external_id="X-2", company_name="Worded Ltd", email="", phone="")
    Lead.objects.filter(pk=worded.pk).update(custom={"seats": "a few"})
    known(rep, external_id="X-3", company_name="Bare Ltd", email="", phone="")
    rows = [
        ["X-1", "", "", "", "", "", "80", "many"],
        ["X-2", "", "", "", "", "", "", "a few"],
        ["X-2", "", "", "", "", "", "", "4"],
        ["X-3", "", "", "", "", "", "", "some"],
        ["X-9", "New Ltd", "Nan", "", "", "", "", "many"],
    ]
    job = imported(rep, rows, header=HEADER, on_duplicate="update", assignment="none")
    assert counts(job) == (1, 1, 1, 2), reasons(job)
    assert reasons(job)[0] == reasons(job)[3] == "custom.seats: A number is needed here."
    held = {each.external_id: (each.custom.get("seats"), each.need_fit) for each in Lead.objects.all()}
    assert held == {"X-1": (3, None), "X-2": (4, None), "X-3": (None, None), "X-9": ("many", None)}
    assert Lead.objects.get(pk=one.pk).version == one.version


def test_each_row_is_asked_of_the_rights_on_its_lead(rep: User, seats: None) -> None:
    other = cast.person("other")
    far = known(other)
    twice = [
        known(rep, external_id="T", company_name=name, email=f"{name.lower()}@t.example", phone="")
        for name in ("Aa", "Bb")
    ]
    header = ["id", *HEADER]
    rows = [
        ["", "X-1", "Mine now", *[""] * 6],
        [str(far.pk), "", "Mine now", *[""] * 6],
        ["", "T", "Both", *[""] * 6],
        [str(twice[0].pk), "T-1", "", "", "bb@t.example", *[""] * 4],
        [str(twice[0].pk), "T-1", "", "Ida", *[""] * 5],
        ["x", "", "Nobody", *[""] * 6],
    ]
    job = imported(rep, rows, header=header, on_duplicate="update", assignment="none")
    assert counts(job) == (0, 1, 0, 5), reasons(job)
    assert (
        "may not see" in reasons(job)[0]
        and "record number" in reasons(job)[2]
        and "another lead" in reasons(job)[3]
    )
    changed = Lead.objects.get(pk=twice[0].pk)
    assert (changed.external_id, changed.contact_name, changed.email) == ("T-1", "Ida", "aa@t.example")
    assert not Lead.objects.filter(company_name__in=["Mine now", "Both", "Nobody"]).exists()


def test_undone_it_gives_back_what_nobody_changed_since(rep: User, seats: None) -> None:
    one, two = (
        known(rep, need_fit=10),
        known(rep, external_id="X-2", email="b@b.example", phone="", company_name="B"),
    )
    rows = [["X-1", "", "", "", "", "5", "90", "4"], ["X-2", "New name", "", "", "", "", "", ""]]
    job = imported(rep, rows, header=HEADER, on_duplicate="update", assignment="none")
    lead_edit(lead=two, by=rep, values={"company_name": "His own"})
    import_undo(job=job, by=rep)
    job.refresh_from_db()
    one, two = Lead.objects.get(pk=one.pk), Lead.objects.get(pk=two.pk)
    assert (job.status, job.kept_after_undo) == ("undone", [two.pk])
    assert (one.need_fit, one.budget, one.custom.get("seats"), two.company_name) == (
        10,
        None,
        None,
        "His own",
    )


@pytest.mark.parametrize("on_duplicate", ["skip", "merge", "update", "create"])
def test_a_dry_run_says_what_the_run_does_and_writes_nothing(
    rep: User, ann: Caller, seats: None, monkeypatch: pytest.MonkeyPatch, on_duplicate: str
) -> None:
    monkeypatch.setattr(flow, "CHUNK", 2)
    known(rep)
    rows = [
        ["X-1", "Arbor Ltd", "Ann", "ann@arbor.example", "", "9", "", "1"],
        ["X-2", "Bolt Ltd", "Bob", "bob@bolt.example", "", "", "", "2"],
        ["X-2", "Bolt Ltd", "Bob", "bob@bolt.example", "", "9", "", ""],
        ["X-3", "Cord Ltd", "", "", "", "ten", "", ""],
        ["X-4", "Dyne Ltd", "Dan", "", "", "", "", ""],
    ]
    content = csv_of(rows, [*HEADER[:-1], "custom.fresh"]).read()
    events = Event.objects.exclude(subject_type="leads.leadimport").count()
    job = posted(ann, content, on_duplicate=on_duplicate, dry_run=True).json()
    foretold = done(ann, job)
    assert (foretold["status"], foretold["dry_run"]) == ("done", True), foretold["error"]
    assert Lead.objects.count() == 1 and not CustomField.objects.filter(key="fresh").exists()
    assert Event.objects.exclude(subject_type="leads.leadimport").count() == events
    assert not ImportTrialKey.objects.exists()
    assert ann.post(f"lead-imports/{job['id']}/undo/").status_code == 409
    begun = ann.post(f"lead-imports/{job['id']}/start/").json()
    assert (begun["status"], begun["dry_run"], begun["processed"]) == ("queued", False, 0)
    found = done(ann, job)
    names = ("total", "created", "merged", "skipped", "rejected")
    assert [found[name] for name in names] == [foretold[name] for name in names], foretold
    assert Lead.objects.count() == 1 + found["created"]


def test_the_wizard_tries_the_whole_file(rep: User, ann_s_browser: Client, store: Path) -> None:
    file = csv_of([["Firm", "Ida"]], ["Firma", "Name"])
    page = ann_s_browser.post("/leads/import/", {"file": file})["Location"]
    chosen = {
        "column-0": "company_name",
        "column-1": "contact_name",
        "on_duplicate": "update",
        "dry_run": "1",
    }
    assert ann_s_browser.post(f"{page}start/", chosen).status_code == 302
    job = LeadImport.objects.get()
    import_run(job_id=job.pk)
    shown = ann_s_browser.get(page).content.decode()
    assert "nothing was written" in shown and "Would be created" in shown and not Lead.objects.exists()
    assert "column-1" in ann_s_browser.get(f"{page}?columns").content.decode()
    import_start(job=job, by=rep)
    import_run(job_id=job.pk)
    assert Lead.objects.get().company_name == "Firm"
    assert "Would be created" not in ann_s_browser.get(page).content.decode()
