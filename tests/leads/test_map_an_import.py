"""What the columns of a file mean: guessed, tried on the first rows, remembered, and read again in another way."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from leads.models import Lead, LeadAssignment, LeadImport, LeadImportRow, LeadSource
from leads.services import import_preview, import_run, import_start, import_upload, lead_create
from leads.services.imports import mapping_checked, mapping_guess
from leads.services.imports.values import RowReader
from salesflow.journal.models import Event, Notice
from salesflow.lib.tabular import write_xlsx
from salesflow.people.models import User
from salesflow.work.models import CustomField
from tests.api.conftest import Caller
from tests.leads import cast
from tests.leads.importing import HEADER, ROWS, counts, csv_of, done, persons, posted

EXPORTS = {
    "outlook": {
        "Title": [], "First Name": ["first_name"], "Last Name": ["last_name"], "Company": ["company_name"],
        "Job Title": ["title"], "Business Street": [], "Business City": ["city"], "Business State": ["region"],
        "Business Country/Region": ["country"], "Business Phone": ["phone"], "Mobile Phone": ["mobile"],
        "E-mail Address": ["email"], "Web Page": ["website"], "Notes": ["need"], "Categories": ["tags"],
    },
    "salesforce": {
        "Lead ID": ["external_id"], "First Name": ["first_name"], "Last Name": ["last_name"], "Title": ["title"],
        "Company / Account": ["company_name"], "Email": ["email"], "Phone": ["phone"], "Mobile": ["mobile"],
        "State/Province": ["region"], "Lead Source": ["source_detail"], "Industry": ["industry"], "Lead Owner": [],
        "Description": ["need"], "Annual Revenue": [],
    },
    "hubspot": {
        "Record ID": ["external_id"], "First Name": ["first_name"], "Last Name": ["last_name"], "Email": ["email"],
        "Phone Number": ["phone"], "Associated Company": ["company_name"], "Job Title": ["title"],
        "Website URL": ["website"], "Country/Region": ["country"], "Original Source": ["source_detail"],
        "Contact owner": [],
    },
    "google": {
        "Name": ["contact_name"], "Given Name": [], "Family Name": [], "E-mail 1 - Value": ["email"],
        "Phone 1 - Value": ["phone"], "Organization 1 - Name": ["company_name"],
        "Organization 1 - Title": ["title"], "Website 1 - Value": ["website"], "Notes": ["need"],
    },
    "pipedrive": {
        "Person - Name": ["contact_name"], "Organization - Name": ["company_name"],
        "Person - Email - Work": ["email"], "Person - Phone - Mobile": ["mobile"],
    },
    "ads": {
        "id": ["external_id"], "created_time": [], "platform": ["source_detail"], "full_name": ["contact_name"],
        "email": ["email"], "phone_number": ["phone"], "company_name": ["company_name"], "job_title": ["title"],
    },
    "china": {
        "公司名称": ["company_name"], "联系人": ["contact_name"], "职务": ["title"], "手机号码": ["mobile"],
        "固定电话": ["phone"], "电子邮箱": ["email"], "省份": ["region"], "所在城市": ["city"],
        "所属行业": ["industry"], "线索来源": ["source_detail"], "需求描述": ["need"], "预算金额": ["budget"],
        "决策周期(天)": ["decision_timeframe_days"], "统一社会信用代码": ["credit_code"], "跟进人": [],
    },
    "register": {
        "企业名称": ["company_name"], "登记状态": [], "法定代表人": [], "注册资本": [], "所属省份": ["region"],
        "所属城市": ["city"], "联系电话": ["phone"], "邮箱": ["email"], "网址": ["website"],
        "统一社会信用代码": ["credit_code"], "所属行业": ["industry"], "经营范围": [],
    },
}  # fmt: skip


@pytest.mark.parametrize("system", EXPORTS)
def test_the_exports_of_other_systems_are_known_by_their_headers(system: str):
    wanted = EXPORTS[system]
    assert mapping_guess(list(wanted)) == wanted
    shouted = {name.upper().replace(" ", "_"): targets for name, targets in wanted.items()}
    assert mapping_guess(list(shouted)) == shouted


def test_a_column_without_a_telling_header_is_known_by_what_it_holds():
    rows = [
        ["a@x.example", "138 0013 8000", "www.x.example", "明远科技有限公司", "91110000600037341L", "blue"],
        ["b@y.example", "13900139000", "https://y.example/a", "北京大学", "91110000600037341L", "red"],
    ]
    header = [f"Column {number}" for number in range(1, 7)]
    assert mapping_guess(header, None, rows) == {
        "Column 1": ["email"], "Column 2": ["mobile"], "Column 3": ["website"], "Column 4": ["company_name"],
        "Column 5": ["credit_code"], "Column 6": [],
    }  # fmt: skip
    assert mapping_guess(["Column 1"], None, [["a@x.example"], ["none"], ["?"]]) == {"Column 1": []}


def test_where_nothing_names_a_lead_its_number_does():
    assert mapping_guess(["Lead Number", "City"]) == {
        "Lead Number": ["external_id", "contact_name"], "City": ["city"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("Ann", "Archer", "Ann Archer"), ("小明", "王", "王小明"), ("", "Archer", "Archer"), ("Ann", "", "Ann"),
     ("", "", None), ("N/A", "Archer", "Archer")],
)  # fmt: skip
def test_the_parts_of_a_name_are_put_together(first: str, last: str, name: str | None):
    header = ["Given", "Middle", "Surname"]
    columns = mapping_checked({"Given": "first_name", "Middle": "first_name", "Surname": "last_name"}, header)
    values = RowReader(header, columns, ["N/A"]).values([first, "", last])
    assert values.get("contact_name") == name


def test_columns_are_joined_in_the_order_of_the_file_and_one_goes_to_several_fields():
    header = ["Street", "No", "Town", "Empty"]
    columns = mapping_checked(
        {
            "Town": ["custom.address", "city", "company_name"],
            "No": "custom.address",
            "Street": "custom.address",
        },
        header,
    )
    assert columns["Empty"] == []
    values = RowReader(header, columns, []).values(["Main St", "5", "Bonn", "x"])
    assert values == {"custom": {"address": "Main St, 5, Bonn"}, "city": "Bonn", "company_name": "Bonn"}


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


def test_a_mapping_sent_with_the_upload_is_remembered_too_and_memory_is_bounded(
    rep: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leads.services.imports.mapping.REMEMBERED", 5)
    source = LeadSource.objects.create(name="Fair", channel="offline", kind="trade_show")
    for turn in range(3):
        header = [f"Name {turn}", f"Town {turn}"]
        mapping = {header[0]: "contact_name", header[1]: "city"}
        import_upload(file=csv_of([["Ann", "Bonn"]], header), by=rep, source=source, mapping=mapping)
    source.refresh_from_db()
    assert len(source.import_mapping) == 5 and set(source.import_mapping) >= {"Name 2", "Town 2"}


@pytest.mark.parametrize(
    "mapping",
    [{}, {"nope": "email"}, {"company_name": "owner"}, {"company_name": "custom.Bad Key"}, [], {"company_name": 3},
     {"email": "email"}],
)  # fmt: skip
def test_a_mapping_that_cannot_be_is_refused(rep: User, mapping: Any):
    with pytest.raises(ValidationError):
        import_upload(file=csv_of(ROWS), by=rep, mapping=mapping)
    assert not LeadImport.objects.exists()


def test_a_file_with_template_headers_but_without_a_name_asks(rep: User):
    job = import_upload(file=csv_of([["a@b.example", "Bonn"]], ["email", "city"]), by=rep)
    assert job.status == "needs_mapping"


def written() -> list[int]:
    """How many rows there are of everything an import writes."""
    kinds = (Lead, LeadImportRow, LeadAssignment, Event, Notice, CustomField)
    return [kind.objects.count() for kind in kinds]


def test_a_preview_tells_what_would_become_of_the_first_rows_and_writes_nothing(ann: Caller, rep: User):
    other = cast.person("eve")
    mine = lead_create(
        by=rep, values={"contact_name": "W", "email": "wang@mingyuan.example"}, assignment="me"
    )
    lead_create(by=other, values={"contact_name": "K", "email": "kim@orion.example"}, assignment="me")
    header = ["Firm", "Who", "Mail", "Tel"]
    rows = [*ROWS, ["", "", "x@y.example", ""], ["Blue Harbor", "aisha khan", "", ""]]
    job = posted(ann, csv_of(rows, header).read()).json()
    mapping = {"Firm": "company_name", "Who": "contact_name", "Mail": "email", "Tel": "custom.tel"}
    before = written()
    answer = ann.post(f"lead-imports/{job['id']}/preview/", {"mapping": mapping})
    assert answer.status_code == 200, answer.content
    told = answer.json()["rows"]
    assert written() == before and LeadImport.objects.get(pk=job["id"]).status == "needs_mapping"
    assert [(row["number"], row["result"], row["reason"], row["duplicate_of"]) for row in told[:2]] == [
        (2, "skipped", "email", mine.pk),
        (3, "skipped", "email", None),  # whose it is is nobody else's business
    ]
    assert [(row["number"], row["result"]) for row in told[2:]] == [
        (4, "created"),
        (5, "rejected"),
        (6, "skipped"),
    ]
    lead = told[2]["lead"]
    assert (lead["contact_name"], lead["owner"]) == ("Aisha Khan", rep.pk) and lead["grade"] in (
        "A",
        "B",
        "C",
    )
    assert told[3]["reason"] and told[4]["reason"] == "same_file"
    body = {"mapping": mapping, "on_duplicate": "merge", "assignment": "pool"}
    merged = ann.post(f"lead-imports/{job['id']}/preview/", body).json()["rows"]
    assert (merged[0]["result"], merged[0]["fields_filled"]) == ("merged", ["company_name", "custom"])
    assert (merged[1]["result"], merged[1]["reason"]) == ("skipped", "not_yours")
    assert merged[2]["lead"]["owner"] is None and merged[2]["lead"]["pool"]
    assert written() == before
    ann.post(f"lead-imports/{job['id']}/start/", {"mapping": mapping})
    job = done(ann, job)
    outcome = LeadImportRow.objects.filter(lead_import=job["id"]).order_by("number")
    assert [row["result"] for row in told] == list(outcome.values_list("result", flat=True)), (
        "as it was foretold"
    )


def test_a_preview_costs_the_same_for_few_rows_and_for_many(rep: User, django_assert_max_num_queries: Any):
    numbers = []
    for rows in (3, 30, 60):  # the first fills what is kept in memory; from thirty on rows are copied in
        job = import_upload(file=csv_of(persons(rows), ["Firm", "Who", "Mail", "Tel"]), by=rep)
        with django_assert_max_num_queries(60) as seen:
            import_preview(job=job, by=rep, mapping={"Firm": "company_name", "Who": "contact_name"})
        numbers.append(len(seen))
    assert numbers[1] == numbers[2]


def test_a_started_import_is_neither_tried_nor_started_again(ann: Caller):
    job = posted(ann, csv_of(ROWS).read()).json()
    for deed in ("preview", "start", "reread"):
        body = {} if deed == "reread" else {"mapping": {"company_name": "company_name"}}
        answer = ann.post(f"lead-imports/{job['id']}/{deed}/", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


def test_a_file_can_be_read_in_another_way(ann: Caller, tmp_path: Any):
    content = "Liste 2026;;\nFirma;Ort;Tel\nMüller GmbH;Köln;1\nBöhm;Bönn;2\nÄ;Ö;Ü\n".encode("cp1252")
    job = posted(ann, content).json()
    assert (job["encoding"], job["delimiter"], job["header_row"]) == ("cp1252", ";", 2)
    again = ann.post(f"lead-imports/{job['id']}/reread/", {"header_row": 0, "delimiter": ";"})
    assert again.status_code == 200 and again.json()["header"] == ["Column 1", "Column 2", "Column 3"]
    refused = ann.post(f"lead-imports/{job['id']}/reread/", {"encoding": "utf-8"})
    assert refused.status_code == 400 and refused.json()["errors"][0]["code"] == "wrong_encoding"
    assert ann.get(f"lead-imports/{job['id']}/").json()["header_row"] == 0, "as before"
    back = ann.post(f"lead-imports/{job['id']}/reread/", {}).json()
    assert back["header"] == ["Firma", "Ort", "Tel"] and back["mapping"]["Firma"] == []


def test_another_sheet_can_be_chosen(ann: Caller, tmp_path: Any):
    book = tmp_path / "book.xlsx"
    write_xlsx(
        book,
        ["Note"],
        [["read me"], ["please"]],
        notes=[["公司名称", "姓名"], ["明远", "王晓琳"]],
        title="About",
    )
    job = posted(ann, book.read_bytes(), "book.xlsx").json()
    assert (job["sheet"], job["sheets"]) == ("About", ["About", "Notes"])
    job = ann.post(f"lead-imports/{job['id']}/reread/", {"sheet": "Notes"}).json()
    assert job["mapping"] == {"公司名称": ["company_name"], "姓名": ["contact_name"]}
    ann.post(f"lead-imports/{job['id']}/start/", {"mapping": job["mapping"]})
    assert done(ann, job)["created"] == 1 and Lead.objects.get().contact_name == "王晓琳"


def test_a_file_that_takes_long_to_look_at_is_looked_at_by_the_worker(
    ann: Caller, rep: User, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    from salesflow.lib.tabular import workbook

    monkeypatch.setattr(workbook, "AT_ONCE_UNPACKED", 1000)
    book = tmp_path / "book.xlsx"
    write_xlsx(book, ["Firm", "Who"], [["Acme", "Ann Archer"], ["Bolt", "Bob Baker"]])
    first = posted(ann, book.read_bytes(), "book.xlsx").json()
    assert (first["status"], first["header"], first["mapping"]) == ("queued", [], None)
    looked_at = done(ann, first)
    assert (looked_at["status"], looked_at["header"]) == ("needs_mapping", ["Firm", "Who"])
    assert looked_at["started_at"] is None
    assert Notice.objects.filter(user=rep, kind="leads.import_needs_mapping").count() == 1
    ann.post(
        f"lead-imports/{first['id']}/start/", {"mapping": {"Firm": "company_name", "Who": "contact_name"}}
    )
    assert done(ann, first)["created"] == 2
    mapping = {"Firm": "company_name", "Who": "contact_name"}
    second = posted(ann, book.read_bytes(), "b.xlsx", mapping=mapping).json()
    assert second["status"] == "queued" and done(ann, second)["skipped"] == 2
    third = posted(ann, book.read_bytes(), "c.xlsx", mapping={"Firma": "company_name"}).json()
    failed = done(ann, third)
    assert failed["status"] == "failed" and "Firma" in failed["error"]


def test_the_wizard_leads_from_the_file_to_the_report(ann_s_browser: Client, rep: User):
    page = ann_s_browser
    file = csv_of([*ROWS, ["", "", "x@y.example", ""]], ["Firm", "Who", "E-Mail", "Colour"])
    uploaded = page.post("/leads/import/", {"file": file})
    assert uploaded.status_code == 302
    address = uploaded["Location"]
    shown = page.get(address)
    assert shown.status_code == 200 and "Colour" in shown.content.decode()
    chosen = {
        "column-0": ["company_name", ""], "column-1": "contact_name", "column-2": "email", "column-3": "+custom",
        "on_duplicate": "skip", "assignment": "pool",
    }  # fmt: skip
    part = page.post(f"{address}preview/", chosen, headers={"HX-Request": "true"}).content.decode()
    assert "Aisha Khan" in part and part.count("badge is-ok") == 3 and part.count("badge is-bad") == 1
    assert "<html" not in part and not Lead.objects.exists()
    whole = page.post(f"{address}preview/", chosen).content.decode()
    assert "<html" in whole and "Aisha Khan" in whole, "without scripts the same as a page"
    wrong = page.post(f"{address}start/", {**chosen, "column-0": "", "column-1": ""})
    assert wrong.status_code == 400 and not Lead.objects.exists()
    assert page.post(f"{address}start/", chosen).status_code == 302
    job = LeadImport.objects.get()
    waiting = page.get(f"{address}progress/?running", headers={"HX-Request": "true"})
    assert "hx-get" in waiting.content.decode()
    import_run(job_id=job.pk)
    last = page.get(f"{address}progress/?running", headers={"HX-Request": "true"})
    assert last["HX-Redirect"] == address, "the page itself shows what can be done now"
    report = page.get(address).content.decode()
    assert f"/leads/?lead_import={job.pk}" in report and f"/leads/imports/{job.pk}/rejected/" in report
    assert Lead.objects.get(contact_name="Aisha Khan").custom == {"colour": "021-5555 0100"}
    assert Lead.objects.filter(in_pool=True).count() == 3
    again = page.post(
        "/leads/import/",
        {"file": csv_of([*ROWS, ["", "", "x@y.example", ""]], ["Firm", "Who", "E-Mail", "Colour"])},
    )
    assert f"/leads/imports/{job.pk}/" in page.get(again["Location"]).content.decode(), (
        "the same file is told"
    )


def test_new_fields_of_columns_alike_in_name_stay_apart(ann_s_browser: Client):
    file = csv_of([["Ann", "1", "2"]], ["Who", "Lead Origin", "Lead-Origin"])
    address = ann_s_browser.post("/leads/import/", {"file": file})["Location"]
    ann_s_browser.post(
        f"{address}start/", {"column-0": "contact_name", "column-1": "+custom", "column-2": "+custom"}
    )
    import_run(job_id=LeadImport.objects.get().pk)
    assert Lead.objects.get().custom == {"lead_origin": "1", "lead_origin_2": "2"}


def test_the_template_has_notes_and_drop_downs(ann_s_browser: Client, rep: User):
    import io

    from openpyxl import load_workbook

    User.objects.filter(pk=rep.pk).update(industries=["medical"])
    answer = ann_s_browser.get("/leads/import/template.xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert "Notes" in book.sheetnames and any("medical" in formula for formula in rules.values())
    job = import_upload(file=SimpleUploadedFile("leads-template.xlsx", answer.content), by=rep)
    assert job.status == "queued"
    import_run(job_id=job.pk)
    assert counts(job)[0] == 1
    assert connection.vendor == "postgresql" and HEADER[0] in job.header
