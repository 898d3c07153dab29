"""Whatever table people have: every row becomes a lead or is told with its reason, and no mapped cell is lost."""

from pathlib import Path
from typing import Any

import pytest

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services.imports import rejected_rows
from salesflow.lib.tabular import Row, open_table
from salesflow.people.services import workspace
from salesflow.work.custom_reading import TEXT_LIMIT
from tests.api.conftest import Caller
from tests.leads.importing import done, posted
from tests.support.shared import SHARED_DATA, needs_shared_data

ENDINGS = (".csv", ".tsv", ".psv", ".xls", ".xlsx")
TABLES = sorted(path for path in SHARED_DATA.rglob("*") if path.suffix in ENDINGS)
#: Of longer files so many lines are read: enough for every kind of row they have.
LINES = 300
REFUSED = {"small.csv": "only_header", "utf8bom.csv": "only_header", "unicode_sheet_name.xls": "only_header"}
UNIVERSITIES = {
    "universities_utf8_bom.csv": "utf-8-sig",
    "universities_utf8_nobom_crlf.csv": "utf-8",
    "universities_gbk.csv": "gbk",
    "universities_gb18030.csv": "gb18030",
    "universities_utf16le_bom.csv": "utf-16",
}

pytestmark = [needs_shared_data, pytest.mark.django_db]


def head_of(path: Path) -> bytes:
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    return content if path.suffix in (".xls", ".xlsx") or len(lines) <= LINES else b"".join(lines[:LINES])


@pytest.mark.parametrize("path", TABLES, ids=[str(path.relative_to(SHARED_DATA)) for path in TABLES])
def test_every_cell_of_a_table_is_found_again(ann: Caller, path: Path, tmp_path: Path) -> None:
    """The first column becomes the name, the others custom fields."""
    content = head_of(path)
    answer = posted(ann, content, path.name)
    if path.name in REFUSED:
        assert answer.status_code == 400
        assert [error["code"] for error in answer.json()["errors"]] == [REFUSED[path.name]]
        return
    assert answer.status_code == 201, answer.content
    job = answer.json()
    mapping: dict[str, Any] = {name: f"custom.column_{place}" for place, name in enumerate(job["header"])}
    mapping[job["header"][0]] = "contact_name"
    if job["status"] == "needs_mapping":
        assert ann.post(f"lead-imports/{job['id']}/start/", {"mapping": mapping}).status_code == 200
    job = done(ann, job)
    assert job["status"] == "done", job["error"]
    copy = tmp_path / "copy"
    copy.write_bytes(content)
    rows = {row.number: row for row in open_table(copy, filename=path.name).rows()}
    outcome = {row.number: row for row in LeadImportRow.objects.filter(lead_import=job["id"])}
    assert set(outcome) == set(rows) and len(rows) == job["total"]
    assert job["total"] == job["created"] + job["merged"] + job["skipped"] + job["rejected"]
    leads = Lead.objects.filter(imported_by=job["id"]).in_bulk()
    assert len(leads) == job["created"]
    for number, row in rows.items():
        if outcome[number].result == "created":
            assert_holds(leads[outcome[number].lead_id or 0], row)
        else:
            assert outcome[number].cells == row.cells and outcome[number].reason
    assert_told(job, rows, outcome)


def assert_holds(lead: Lead, row: Row) -> None:
    empty = {word.casefold() for word in workspace().placeholder_values}
    name, *others = ("" if cell.strip().casefold() in empty else cell.strip() for cell in row.cells)
    assert lead.contact_name == " ".join(name.split())
    found = {f"column_{place}": text for place, text in enumerate(others, 1) if text}
    assert lead.custom == found and all(len(text) <= TEXT_LIMIT for text in found.values())


def assert_told(job: dict[str, Any], rows: dict[int, Row], outcome: dict[int, LeadImportRow]) -> None:
    """The rejected rows as they are downloaded: the file's columns as they stood, and the reason."""
    header, told = rejected_rows(LeadImport.objects.get(pk=job["id"]))
    assert header == [*job["header"], "reason"]
    width = len(job["header"])
    expected = [
        [*row.cells[:width], *[""] * (width - len(row.cells)), outcome[number].reason, *row.cells[width:]]
        for number, row in sorted(rows.items())
        if outcome[number].result == "rejected"
    ]
    assert list(told) == expected


def test_the_universities_become_the_same_leads_from_five_encodings(ann: Caller) -> None:
    found = []
    for name, encoding in UNIVERSITIES.items():
        lines = (
            (SHARED_DATA / "cn_universities" / name).read_bytes().decode(encoding).splitlines(keepends=True)
        )
        content = "".join(lines[:LINES]).encode(encoding)
        job = posted(ann, content, name).json()
        assert (job["status"], job["header_row"]) == ("needs_mapping", 0)
        assert job["mapping"] == {"Column 1": [], "Column 2": ["company_name"]}, "known by what it holds"
        mapping = {"Column 1": "external_id", "Column 2": "company_name"}
        ann.post(f"lead-imports/{job['id']}/start/", {"mapping": mapping, "assignment": "none"})
        assert done(ann, job)["created"] == LINES
        leads = Lead.objects.filter(imported_by=job["id"])
        found.append(
            list(leads.order_by("import_row").values_list("external_id", "company_name", "company_key"))
        )
    assert all(leads == found[0] for leads in found)
    assert found[0][:2] == [("1", "北京大学", "北京大学"), ("2", "中国人民大学", "中国人民大学")]


def test_the_outlook_layout_needs_no_mapping_by_hand(ann: Caller) -> None:
    job = posted(ann, (SHARED_DATA / "outlook_contacts" / "outlook.csv").read_bytes(), "outlook.csv").json()
    told = {name: targets for name, targets in job["mapping"].items() if targets}
    assert told == {
        "ID": ["external_id"],
        "Name": ["contact_name"],
        "E-mail Address": ["email"],
        "Notes": ["need"],
        "Mobile Phone": ["mobile"],
        "Company": ["company_name"],
        "Job Title": ["title"],
        "Business Phone": ["phone"],
    }
    ann.post(f"lead-imports/{job['id']}/start/", {"mapping": job["mapping"]})
    assert done(ann, job)["created"] == 3
    adam = Lead.objects.get(email="adam.glacius@anycom.com")
    assert (adam.contact_name, adam.company_name, adam.title) == (
        "Adam Glacius",
        "Acme Inc.",
        "Sales Planner",
    )


def test_the_duplicates_of_a_restaurant_guide_are_found_by_name_and_phone(ann: Caller) -> None:
    """Pairs that share a telephone number, in whatever notation, are one lead."""
    content = (SHARED_DATA / "restaurants" / "restaurants.tsv").read_bytes()
    mapping = {"id": "external_id", "name": "company_name", "city": "city", "phone": "phone"}
    content = b"".join(content.splitlines(keepends=True)[:LINES])
    job = posted(ann, content, "restaurants.tsv", mapping=mapping, assignment="none").json()
    job = done(ann, job)
    assert job["created"] + job["skipped"] == job["total"] and job["skipped"] > 0
    twins = LeadImportRow.objects.filter(lead_import=job["id"], result="skipped").select_related("lead")
    assert {row.reason for row in twins} <= {"phone", "same_file"}
