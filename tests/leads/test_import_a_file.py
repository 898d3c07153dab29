"""Importing a file: every row accounted for, duplicates caught, people told once; nothing lost, nothing twice."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services import import_run, import_start, import_upload, lead_create, rejected_rows
from salesflow.clocks.models import Clock
from salesflow.journal.models import Notice
from salesflow.lib.tabular import write_xlsx
from salesflow.people.models import User
from tests.api.conftest import Caller
from tests.leads import cast
from tests.leads.importing import HEADER, ROWS, counts, csv_of, done, imported, persons, posted
from tests.support.shared import SHARED_DATA, needs_shared_data


def test_the_template_s_headers_start_the_import_at_once(rep: User):
    job = imported(rep, ROWS)
    assert counts(job) == (3, 0, 0, 0)
    lead = Lead.objects.get(contact_name="王晓琳")
    assert (lead.owner, lead.status, lead.entered_via, lead.import_row) == (rep, "assigned", "import", 2)
    assert Clock.objects.filter(subject_type="leads.lead", state="running").count() == 3
    assert Notice.objects.filter(user=rep, kind="leads.import_done").count() == 1
    assert job.read_percent == 100


def test_duplicates_are_skipped_against_the_store_and_against_the_file(rep: User):
    there = lead_create(by=rep, values={"contact_name": "W", "email": "wang@mingyuan.example"})
    job = imported(rep, [*ROWS, ["Orion Aerospace Inc.", "daniel kim", "", ""]])
    assert counts(job) == (2, 0, 2, 0)
    skipped = LeadImportRow.objects.filter(lead_import=job, result="skipped").order_by("number")
    first = Lead.objects.get(company_name="Orion Aerospace")
    assert [(row.number, row.reason, row.lead) for row in skipped] == [
        (2, "email", there),
        (5, "same_file", first),
    ]


def test_the_same_file_twice_makes_nothing_twice_even_without_any_key(rep: User):
    rows = [["Acme", "", "", ""], ["", "Bob Baker", "", ""], ["Acme", "", "", ""]]
    assert counts(imported(rep, rows)) == (3, 0, 0, 0), "the same company alone is no duplicate"
    again = imported(rep, rows)
    assert counts(again) == (0, 0, 3, 0)
    assert set(again.rows.values_list("reason", flat=True)) == {"same_row"}
    assert counts(imported(rep, rows, on_duplicate="create")) == (3, 0, 0, 0)
    other = import_upload(file=csv_of(rows, name="others.csv"), by=rep)
    import_run(job_id=other.pk)
    assert counts(other) == (3, 0, 0, 0), "another file that happens to be equal is another file"


def test_merging_fills_only_what_is_empty(rep: User):
    old = lead_create(
        by=rep, values={"contact_name": "Wang", "email": "wang@mingyuan.example", "custom": {"a": "1"}}
    )
    header = [*HEADER, "tags", "budget"]
    job = imported(
        rep,
        [
            [*row, "fair, 2026", "500"]
            for row in [*ROWS, ["", "Wang X", "wang@mingyuan.example", "138 9999 0000"]]
        ],
        header=header,
        on_duplicate="merge",
    )
    assert counts(job) == (2, 2, 0, 0)
    old.refresh_from_db()
    assert (old.contact_name, old.company_name, old.phone, old.tags, old.budget, old.custom) == (
        "Wang",
        "上海明远科技有限公司",
        "+8613800138000",
        ["fair", "2026"],
        500,
        {"a": "1"},
    )
    assert old.phone_keys == ["+8613800138000"] and old.version == 2


def test_merging_into_a_lead_one_may_not_edit_changes_nothing(rep: User):
    other = cast.person("eve")
    old = lead_create(
        by=other, values={"contact_name": "Wang", "email": "wang@mingyuan.example"}, assignment="me"
    )
    job = imported(rep, ROWS, on_duplicate="merge")
    assert counts(job) == (2, 0, 1, 0)
    assert job.rows.get(result="skipped").reason == "not_yours"
    old.refresh_from_db()
    assert old.company_name == ""


def test_an_unreadable_number_is_kept_and_flagged_a_nameless_row_is_rejected_with_its_reason(rep: User):
    job = imported(
        rep, [["Acme", "Ann", "nonsense", "call me"], ["", "", "x@y.example", ""], ["", "", "", ""]]
    )
    assert counts(job) == (1, 0, 0, 1)
    lead = Lead.objects.get(imported_by=job)
    assert (lead.email, lead.phone, lead.incomplete) == ("nonsense", "call me", True)
    assert lead.flags == {"email": "invalid", "phone": "invalid"}
    header, rows = rejected_rows(job)
    assert header == [*HEADER, "reason"]
    [row] = rows
    assert row[:4] == ["", "", "x@y.example", ""] and "company" in row[4].lower()


def test_reasons_name_the_column_in_the_language_the_file_was_uploaded_in(rep: User):
    header = ["Firma", "Wer", "Mail", "Geld"]
    mapping = {"Firma": "company_name", "Wer": "contact_name", "Mail": "email", "Geld": "budget"}
    with translation.override("zh-hans"):
        job = import_upload(file=csv_of([["", "", "x@y.example", "much"]], header), by=rep, mapping=mapping)
    import_run(job_id=job.pk)  # in a worker, which speaks English
    reason = job.rows.get().reason
    assert "Firma：请填写" in reason and "Geld：" in reason and "needed" not in reason


def test_rejected_rows_can_be_mended_and_imported_and_start_no_formula(ann: Caller):
    body = b'company_name,email,tags\n,a@b.example,"=1+1"\n,c@d.example,@sum\n'
    job = done(ann, posted(ann, body).json())
    assert (job["created"], job["rejected"]) == (0, 2)
    told = b"".join(ann.get(f"lead-imports/{job['id']}/rejected-rows/").streaming_content)
    lines = told.decode("utf-8-sig").splitlines()
    assert lines[0] == '"company_name","email","tags","reason"' and '"\'=1+1"' in lines[1]
    mended = (
        told.decode("utf-8-sig").replace('"","a@b', '"Acme","a@b').replace('"","c@d', '"Bolt","c@d').encode()
    )
    mapping = {"company_name": "company_name", "email": "email", "tags": "tags"}
    again = done(ann, posted(ann, mended, "mended.csv", mapping=mapping).json())
    assert (again["created"], again["rejected"]) == (2, 0)
    assert Lead.objects.get(company_name="Acme").tags == ["=1+1"]


def test_past_leads_get_no_owner_and_no_clock(rep: User):
    header = [*HEADER, "outcome"]
    rows = [["A", "B C", "", "", "1"], ["D", "E F", "", "", "lost"], ["G", "H I", "", "", "未成交"]]
    job = imported(rep, rows, header=header, assignment="none")
    assert counts(job) == (3, 0, 0, 0)
    assert list(Lead.objects.order_by("pk").values_list("outcome", "owner", "in_pool")) == [
        (1, None, False),
        (0, None, False),
        (0, None, False),
    ]
    assert not Clock.objects.exists()


def test_owners_and_managers_are_told_once_for_all_chunks(rep: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leads.services.imports.flow.CHUNK", 5)
    marketing = cast.person("moe", "marketing")
    boss = cast.person("mia", "manager")
    cast.default_pool(managers=[boss])
    job = import_upload(file=csv_of(persons(23)), by=marketing)
    import_run(job_id=job.pk)
    assert counts(job) == (23, 0, 0, 0)
    [told] = Notice.objects.filter(user=rep)
    assert (told.kind, told.params["count"], len(told.params["leads"])) == ("leads.assigned", 23, 20)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    job = import_upload(file=csv_of(persons(12, start=100)), by=marketing)
    import_run(job_id=job.pk)
    [told] = Notice.objects.filter(user=boss)
    assert (told.kind, told.params["count"]) == ("leads.unassigned", 12)


def test_an_import_is_seen_by_its_uploader_and_those_above_him_only(rep: User):
    job = imported(rep, ROWS)
    boss = cast.person("mia", "manager")
    crew = cast.team("crew", manager=boss)
    User.objects.filter(pk=rep.pk).update(team=crew)
    seen = {
        user.name: LeadImport.objects.visible_to(cast.fresh(user)).filter(pk=job.pk).exists()
        for user in (
            rep,
            boss,
            cast.person("eve"),
            cast.person("fin", "finance"),
            cast.person("ada", "admin"),
        )
    }
    assert seen == {"ann": True, "mia": True, "eve": False, "fin": False, "ada": True}


def test_hostile_cells_become_leads_or_reasons(rep: User):
    blns = SHARED_DATA / "naughty_strings" / "blns.json"
    strings = (
        json.loads(blns.read_text("utf-8"))
        if blns.exists()
        else ["'; DROP TABLE x", "=1+1", "\u202e", "<script>", "😍"]
    )
    job = imported(rep, [[text, f"Person {n}", text, text] for n, text in enumerate(strings)])
    created, merged, skipped, rejected = counts(job)
    assert created > 0 and created + merged + skipped + rejected == job.total
    assert all(job.rows.filter(result="rejected").values_list("reason", flat=True))


def test_duplicate_headers_and_workbooks_are_read(rep: User, tmp_path: Any):
    book = tmp_path / "book.xlsx"
    write_xlsx(
        book,
        ["Name", "Name", "E-mail"],
        [["Ann", "Archer", "ann@a.example"], ["Bob", "Baker", "bob@b.example"]],
    )
    job = import_upload(file=SimpleUploadedFile("book.xlsx", book.read_bytes()), by=rep)
    assert job.header == ["Name", "Name (2)", "E-mail"]
    import_start(
        job=job, by=rep, mapping={"Name": "contact_name", "Name (2)": "contact_name", "E-mail": "email"}
    )
    import_run(job_id=job.pk)
    assert counts(job) == (2, 0, 0, 0)
    assert set(Lead.objects.values_list("contact_name", flat=True)) == {"Ann, Archer", "Bob, Baker"}


def test_a_row_that_only_the_database_refuses_costs_itself(rep: User, monkeypatch: pytest.MonkeyPatch):
    """No check foresees everything: here one lets a name pass that is longer than its column."""
    from leads.services import clean

    monkeypatch.setitem(clean._LENGTHS, "title", None)
    rows = [[*row, "x" * 500 if number == 7 else "Buyer"] for number, row in enumerate(persons(60))]
    job = imported(rep, rows, header=[*HEADER, "title"])
    assert counts(job) == (59, 0, 0, 1)
    row = job.rows.get(result="rejected")
    assert (row.number, row.cells) == (9, rows[7]) and "DataError" in row.reason


REAL = SHARED_DATA / "x_education_leads" / "Lead Scoring.csv"
REAL_MAPPING = {
    "Lead Number": ["external_id", "contact_name"],
    "Lead Source": "source_detail",
    "Country": "country",
    "City": "city",
    "Specialization": "industry",
    "TotalVisits": "behaviour.visits",
    "Total Time Spent on Website": "behaviour.site_seconds",
    "Page Views Per Visit": "behaviour.pages_per_visit",
    "What is your current occupation": "custom.occupation",
    "Converted": "outcome",
}


@needs_shared_data
@pytest.mark.django_db(transaction=True)  # committed chunk by chunk, as by a worker
def test_the_real_file_comes_in_whole(rep: User):
    job = import_upload(file=SimpleUploadedFile(REAL.name, REAL.read_bytes()), by=rep, mapping=REAL_MAPPING)
    import_run(job_id=job.pk)
    assert counts(job) == (9191, 0, 0, 0)
    assert not Lead.objects.filter(city="Select").exists()
    assert Lead.objects.filter(outcome=1).count() == 3542 and Lead.objects.filter(outcome=0).count() == 5649
    assert Lead.objects.filter(owner=rep).count() == 9191
