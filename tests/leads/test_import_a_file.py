"""Importing a file: every row accounted for, nothing lost, nothing twice, whatever the file and whoever is killed."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from leads.models import Lead, LeadImport, LeadImportRow, LeadSource, Ownership
from leads.services import (
    import_retry,
    import_run,
    import_start,
    import_undo,
    import_upload,
    lead_create,
    lead_restore,
    rejected_rows,
)
from leads.services.imports import run as run_module
from salesflow.clocks.models import Clock
from salesflow.journal.models import Notice
from salesflow.lib.errors import Conflict
from salesflow.lib.tabular import write_csv, write_xlsx
from salesflow.people.models import User
from salesflow.work.models import CustomField
from salesflow.work.services import note_add
from tests.leads import cast
from tests.support.shared import SHARED_DATA, needs_shared_data

DATA = SHARED_DATA
TABLES = sorted(
    path for ending in ("csv", "tsv", "psv", "xlsx", "xls") for path in DATA.glob(f"**/*.{ending}")
) if DATA.is_dir() else []  # fmt: skip
HEADER = ["company_name", "contact_name", "email", "phone"]
ROWS = [
    ["上海明远科技有限公司", "王晓琳", "wang@mingyuan.example", "138 0013 8000"],
    ["Orion Aerospace", "Daniel Kim", "kim@orion.example", ""],
    ["Blue Harbor", "Aisha Khan", "", "021-5555 0100"],
]


@pytest.fixture(autouse=True)
def files_stay_here(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def rep(db: None) -> User:
    person = cast.person("ann")
    cast.default_pool(members=[person])
    cast.rule()
    return person


def csv_of(rows: list[list[str]], header: list[str] | None = None) -> SimpleUploadedFile:
    file = io.BytesIO()
    write_csv(file, header or HEADER, rows)
    return SimpleUploadedFile("leads.csv", file.getvalue())


def counts(job: LeadImport) -> tuple[int, int, int, int]:
    job.refresh_from_db()
    assert job.status == "done", job.error
    assert job.total == job.created + job.merged + job.skipped + job.rejected
    assert LeadImportRow.objects.filter(lead_import=job).count() == job.total
    return job.created, job.merged, job.skipped, job.rejected


def imported(rep: User, rows: list[list[str]], **kwargs: Any) -> LeadImport:
    job = import_upload(file=csv_of(rows, kwargs.pop("header", None)), by=rep, **kwargs)
    import_run(job_id=job.pk)
    return job


def test_the_template_s_headers_start_the_import_at_once(rep: User):
    job = imported(rep, ROWS)
    assert counts(job) == (3, 0, 0, 0)
    lead = Lead.objects.get(contact_name="王晓琳")
    assert (lead.owner, lead.status, lead.entered_via, lead.import_row) == (rep, "assigned", "import", 2)
    assert Clock.objects.filter(subject_type="leads.lead", state="running").count() == 3
    assert Notice.objects.filter(user=rep, kind="leads.import_done").count() == 1


def test_other_headers_wait_for_a_mapping_with_a_guess_that_is_remembered(rep: User):
    source = LeadSource.objects.create(name="Fair", channel="offline", kind="trade_show")
    header = ["公司名称", "Name", "E-Mail", "Lieblingsfarbe"]
    job = import_upload(
        file=csv_of([["明远", "王晓琳", "w@x.example", "blau"]], header), by=rep, source=source
    )
    assert job.status == "needs_mapping"
    assert job.mapping == {
        "公司名称": ["company_name"],
        "Name": ["contact_name"],
        "E-Mail": ["email"],
        "Lieblingsfarbe": [],
    }
    chosen = {**job.mapping, "Lieblingsfarbe": "custom.colour"}
    import_start(job=job, by=rep, mapping=chosen)
    import_run(job_id=job.pk)
    assert counts(job) == (1, 0, 0, 0)
    assert Lead.objects.get(imported_by=job).custom == {"colour": "blau"}
    assert CustomField.objects.get(resource="leads", key="colour").label == "Lieblingsfarbe"
    again = import_upload(
        file=csv_of([["云栖", "Li Na", "", ""]], header), by=rep, source=LeadSource.objects.get(pk=source.pk)
    )
    assert again.mapping is not None and again.mapping["Lieblingsfarbe"] == ["custom.colour"]


@pytest.mark.parametrize(
    "mapping",
    [{}, {"nope": "email"}, {"company_name": "owner"}, {"company_name": "custom.Bad Key"}, [], {"company_name": 3},
     {"email": "email"}],
)  # fmt: skip
def test_a_mapping_that_cannot_be_is_refused_and_the_file_not_kept(rep: User, mapping: Any, settings: Any):
    with pytest.raises(ValidationError):
        import_upload(file=csv_of(ROWS), by=rep, mapping=mapping)
    assert not LeadImport.objects.exists()
    assert not list(Path(settings.MEDIA_ROOT).glob("**/*.csv"))


def test_duplicates_are_skipped_against_the_store_and_against_the_file(rep: User):
    lead_create(by=rep, values={"contact_name": "W", "email": "wang@mingyuan.example"})
    job = imported(rep, [*ROWS, ["Orion Aerospace Inc.", "daniel kim", "", ""]])
    assert counts(job) == (2, 0, 2, 0)


def test_merging_fills_only_what_is_empty(rep: User):
    old = lead_create(by=rep, values={"contact_name": "Wang", "email": "wang@mingyuan.example"})
    job = imported(
        rep, [*ROWS, ["", "Wang X", "wang@mingyuan.example", "138 9999 0000"]], on_duplicate="merge"
    )
    assert counts(job) == (2, 2, 0, 0)
    old.refresh_from_db()
    assert (old.contact_name, old.company_name, old.phone) == (
        "Wang",
        "上海明远科技有限公司",
        "+8613800138000",
    )


def test_merging_into_a_lead_one_may_not_edit_changes_nothing(rep: User):
    other = cast.person("eve")
    old = lead_create(
        by=other, values={"contact_name": "Wang", "email": "wang@mingyuan.example"}, assignment="me"
    )
    job = imported(rep, ROWS, on_duplicate="merge")
    assert counts(job) == (2, 0, 1, 0)
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


def test_past_leads_get_no_owner_and_no_clock(rep: User):
    header = [*HEADER, "outcome"]
    job = imported(
        rep, [["A", "B C", "", "", "1"], ["D", "E F", "", "", "0"]], header=header, assignment="none"
    )
    assert counts(job) == (2, 0, 0, 0)
    assert list(Lead.objects.order_by("pk").values_list("outcome", "owner", "in_pool")) == [
        (1, None, False),
        (0, None, False),
    ]
    assert not Clock.objects.exists()


def test_an_import_is_undone_but_for_what_people_worked_on(rep: User):
    old = lead_create(by=rep, values={"contact_name": "Kim", "email": "kim@orion.example"})
    job = imported(rep, ROWS, on_duplicate="merge")
    worked = Lead.objects.get(contact_name="王晓琳")
    note_add(subject=worked, by=rep, body="Called, wants a quote.")
    undone = import_undo(job=job, by=rep)
    assert (undone.status, undone.kept_after_undo) == ("undone", [worked.pk])
    assert set(Lead.objects.current().values_list("pk", flat=True)) == {old.pk, worked.pk}
    old.refresh_from_db()
    assert old.company_name == ""
    gone = Lead.objects.get(contact_name="Aisha Khan")
    assert gone.owner is None and not Ownership.objects.filter(lead=gone, ended_at=None).exists()
    assert not Clock.objects.filter(subject_id=gone.pk, state="running").exists()
    with pytest.raises(Conflict):
        import_undo(job=undone, by=rep)
    import_retry(job=undone, by=rep)
    import_run(job_id=job.pk)
    assert counts(job)[0] == 1


def test_a_lead_of_an_undone_import_that_is_brought_back_waits_in_the_pool(rep: User):
    """It lost its owner with the import; a new lead is in a pool or was never placed anywhere."""
    job = imported(rep, ROWS[:1])
    past = imported(rep, ROWS[1:2], assignment="none")
    admin = cast.person("ada", "admin")
    import_undo(job=job, by=rep)
    import_undo(job=past, by=admin)
    placed, kept_out = Lead.objects.order_by("pk")
    lead = lead_restore(lead=placed, by=admin)
    assert lead.in_pool and lead.pool.is_default and lead.archived_at is None
    lead = lead_restore(lead=kept_out, by=admin)
    assert (lead.in_pool, lead.owner, lead.status, lead.archived_at) == (False, None, "new", None)


def test_killed_between_two_chunks_the_job_goes_on_and_nothing_is_twice(
    rep: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run_module, "CHUNK", 10)
    rows = [[f"Firm {n} Ltd", f"Person Number{n}", f"p{n}@f{n}.example", ""] for n in range(35)]
    job = import_upload(file=csv_of(rows), by=rep)
    plain: Callable[..., bool] = run_module._Chunker.enter
    calls = []

    def dies(self: Any, chunk: Any) -> bool:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(self, chunk)

    monkeypatch.setattr(run_module._Chunker, "enter", dies)
    with pytest.raises(KeyboardInterrupt):
        import_run(job_id=job.pk)
    monkeypatch.setattr(run_module._Chunker, "enter", plain)
    job.refresh_from_db()
    assert (job.status, job.processed) == ("running", 20)
    assert not import_run(job_id=job.pk), "the dead worker's lease still holds"
    LeadImport.objects.filter(pk=job.pk).update(leased_until=F("created_at"))
    assert import_run(job_id=job.pk)
    assert counts(job) == (35, 0, 0, 0)


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


@needs_shared_data
@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(DATA)))
def test_any_table_in_the_wild_is_imported_or_refused_in_words(
    rep: User, path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The first column becomes the name, the others custom fields; rows are cut to keep the suite short."""
    content = path.read_bytes()
    try:
        job = import_upload(file=SimpleUploadedFile(path.name, content), by=rep)
    except ValidationError as error:
        assert all(error.messages)
        return
    mapping: dict[str, Any] = {name: f"custom.column_{place}" for place, name in enumerate(job.header)}
    mapping[job.header[0]] = "contact_name"
    if job.status == "needs_mapping":
        job = import_start(job=job, by=rep, mapping=mapping)
    monkeypatch.setattr(run_module, "CHUNK", 400)
    import_run(job_id=job.pk, seconds=0.1)
    job.refresh_from_db()
    assert job.processed == job.created + job.merged + job.skipped + job.rejected
    if job.status == "running":
        assert job.processed == job.rows.count() > 0
    else:
        assert job.status == "done", job.error
    for row in LeadImportRow.objects.filter(lead_import=job, result="rejected"):
        assert row.reason and row.cells is not None


def test_hostile_cells_become_leads_or_reasons(rep: User):
    blns = DATA / "naughty_strings" / "blns.json"
    strings = (
        json.loads(blns.read_text())
        if blns.exists()
        else ["'; DROP TABLE x", "=1+1", "\u202e", "<script>", "😍"]
    )
    job = imported(rep, [[text, f"Person {n}", text, text] for n, text in enumerate(strings)])
    created, merged, skipped, rejected = counts(job)
    assert created > 0 and created + merged + skipped + rejected == job.total


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 400),
        ("paper.pdf", b"%PDF-1.7\n" + b"x" * 400),
        ("archive.xlsx", b"PK\x03\x04" + b"\x00" * 400),
        ("nul.csv", b"a,b\n\x00\x01\x02,\x00\n" * 20),
        ("one.csv", b"header only\n"),
    ],
)
def test_what_is_no_table_is_refused_in_words_and_not_kept(
    rep: User, name: str, content: bytes, settings: Any
):
    with pytest.raises(ValidationError) as caught:
        import_upload(file=SimpleUploadedFile(name, content), by=rep)
    assert all(caught.value.messages)
    assert not list(Path(settings.MEDIA_ROOT).glob("**/*.*"))


def test_duplicate_headers_and_workbooks_are_read(rep: User, tmp_path: Path):
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


def test_a_file_over_the_limit_is_refused(rep: User, settings: Any):
    settings.IMPORT_MAX_BYTES = 100
    with pytest.raises(ValidationError):
        import_upload(file=csv_of(ROWS * 5), by=rep)


REAL = DATA / "x_education_leads" / "Lead Scoring.csv"
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
def test_the_real_file_comes_in_whole(rep: User):
    job = import_upload(file=SimpleUploadedFile(REAL.name, REAL.read_bytes()), by=rep, mapping=REAL_MAPPING)
    import_run(job_id=job.pk)
    assert counts(job) == (9191, 0, 0, 0)
    assert not Lead.objects.filter(city="Select").exists()
    assert (
        Lead.objects.filter(outcome=1).count() == 3561
        or Lead.objects.filter(outcome__isnull=False).count() == 9191
    )
    assert Lead.objects.filter(owner=rep).count() == 9191
