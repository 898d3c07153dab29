"""What is no table, or asks for what cannot be, is refused in clear words; nothing of it is kept or half written."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from django.utils import translation
from openpyxl import Workbook

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services import import_run
from salesflow.lib.tabular.workbook import OLE
from salesflow.work.models import CustomField
from salesflow.work.services.imports.files import filename_shown
from tests.api.conftest import Caller
from tests.leads.importing import done, kept, posted

CSV = b"company_name,contact_name\nAcme,Ann Archer\n"


def book(rows: list[list[object]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def rebuilt(content: bytes, **parts: bytes) -> bytes:
    """A workbook with parts replaced or added (`sheet1` is its first sheet)."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        whole = {name: old.read(name) for name in old.namelist()}
    whole |= {name.replace("sheet1", "xl/worksheets/sheet1.xml"): part for name, part in parts.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in whole.items():
            new.writestr(name, part)
    return file.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def sheet_of(body: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'.encode()
    )


def encrypted(content: bytes) -> bytes:
    """The archive with the flag of encryption on its first part."""
    at = content.index(b"PK\x01\x02") + 8
    return content[:at] + struct.pack("<H", 1) + content[at + 2 :]


SMALL = book([["name"], ["Ann"]])
WIDE = "".join(f'<c r="{column}1"><v>1</v></c>' for column in ("A", "XFD"))
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
NO_TABLES: dict[str, tuple[str, Callable[[], bytes], set[str]]] = {
    "empty": ("leads.csv", lambda: b"", {"empty_file"}),
    "blank": ("leads.csv", lambda: b"\xef\xbb\xbf\r\n \r\n", {"empty_file"}),
    "header only": ("leads.csv", lambda: b"company_name,email\n", {"only_header"}),
    "header only, workbook": ("leads.xlsx", lambda: book([["company_name", "email"]]), {"only_header"}),
    "picture": ("leads.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(400), {"not_a_table"}),
    "paper": ("leads.csv", lambda: b"%PDF-1.7\n" + b"x" * 400, {"not_a_table"}),
    "program": ("leads.csv", lambda: Path("/proc/self/exe").read_bytes()[:200_000], {"not_a_table"}),
    "page": ("leads.xls", lambda: b"<html><table><tr><td>Ann</td></tr></table></html>", {"not_a_table"}),
    "json": ("leads.csv", lambda: b'[{"company_name": "Acme"}]', {"not_a_table"}),
    "archive of a table": ("leads.xlsx", lambda: zipped("leads.csv", CSV), {"not_a_workbook"}),
    "archive of a workbook": ("leads.xlsx", lambda: zipped("leads.xlsx", SMALL), {"not_a_workbook"}),
    "half a workbook": ("leads.xlsx", lambda: SMALL[: len(SMALL) // 2], {"unreadable_workbook"}),
    "workbook without sheets": ("leads.xlsx", lambda: zipped("xl/workbook.xml", b"<x/>"), {"unreadable_workbook"}),
    "bomb": ("leads.xlsx", lambda: rebuilt(SMALL, **{"xl/media/a.bin": bytes(64 << 20)}), {"zip_bomb"}),
    "million columns": ("leads.xlsx", lambda: rebuilt(SMALL, sheet1=sheet_of(f'<row r="1">{WIDE}</row>')),
                        {"too_many_columns"}),
    "password": ("leads.xlsx", lambda: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
                 {"encrypted"}),
    "password on the archive": ("leads.xlsx", lambda: encrypted(SMALL), {"encrypted"}),
    "many columns": ("leads.csv", lambda: b"x," * 700 + b"x\n1\n", {"too_many_columns"}),
    "a million columns": ("leads.csv", lambda: b"x," * 1_000_000 + b"x\n1\n", {"broken_header"}),
    "a header never closed": ("leads.csv", lambda: b'company_name,"email\nAcme,a@b.example\n', {"broken_header"}),
}  # fmt: skip


@pytest.mark.parametrize("what", NO_TABLES)
def test_what_is_no_table_is_refused_at_every_door(
    ann: Caller,
    ann_s_browser: Client,
    store: Path,
    what: str,
) -> None:
    name, make, expected = NO_TABLES[what]
    content = make()
    answer = posted(ann, content, name)
    assert answer.status_code == 400, answer.content
    [error] = answer.json()["errors"]
    page = ann_s_browser.post(
        "/leads/import/", {"file": SimpleUploadedFile(name, content)}, headers={"Accept-Language": "zh-hans"}
    )
    assert page.status_code == 400
    if what not in ("empty", "blank"):  # the form itself speaks first
        assert error["code"] in expected
    with translation.override("en"):
        assert error["message"].strip()
    assert not LeadImport.objects.exists() and not kept(store)


def test_what_takes_too_much_to_look_at_fails_in_the_worker_and_says_so(ann: Caller) -> None:
    """A few kilobytes that name the last cell of the sheet: the whole rectangle is laid out."""
    job = posted(ann, rebuilt(SMALL, sheet1=sheet_of(FAR)), "leads.xlsx").json()
    assert (job["status"], job["header"]) == ("queued", [])
    job = done(ann, job)
    assert job["status"] == "failed" and "Save the sheet as CSV" in job["error"]


def test_a_refusal_speaks_the_reader_s_language(ann: Caller) -> None:
    said = {language: posted_in(ann, language, b"%PDF-1.7\n" + b"x" * 400) for language in ("en", "zh-hans")}
    assert "not a table" in said["en"] and "PDF" in said["zh-hans"] and said["en"] != said["zh-hans"]


def posted_in(caller: Caller, language: str, content: bytes) -> str:
    caller.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return str(posted(caller, content).json()["detail"])


ODD = {
    "long field": b"company_name,need\nAcme," + b"x" * (10 << 20) + b"\nBolt,short\n",
    "nul": b"company_name,need\nAcme,a\x00b\nBolt,short\n",
    "quote never closed": b'company_name,need\nAcme,"never closed\nBolt,short\n',
    "too many cells": b"company_name,need\nAcme,a,b,c\nBolt,short\n",
    "bad byte": b"company_name,need\nBolt,short\n" + "北京大学,好\n".encode() * 30 + b"Ac\xffme,x\n",
    "half a surrogate pair": "\ufeffcompany_name,need\nBolt,short\n".encode("utf-16-le")
    + "Ac\ud800me,x\n".encode("utf-16-le", "surrogatepass"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_broken_costs_its_own_row(ann: Caller, what: str) -> None:
    answer = posted(ann, ODD[what])
    assert answer.status_code == 201, answer.content
    job = done(ann, answer.json())
    assert (job["status"], job["rejected"]) == ("done", 1)
    assert job["total"] == job["created"] + 1 and Lead.objects.filter(company_name="Bolt").count() == 1
    row = LeadImportRow.objects.get(lead_import=job["id"], result="rejected")
    assert row.reason and row.cells and any(row.cells)
    told = b"".join(ann.get(f"lead-imports/{job['id']}/rejected-rows/").streaming_content)
    assert len(told.decode().splitlines()) >= 2


@pytest.mark.parametrize(
    "content",
    [
        b"company_name,contact_name\r\nAcme,Ann\rBolt,Bob\nCord,Cyd\r\n",
        "company_name,contact_name\nAcme,Ann\nBolt,Bob\nCord,Cyd\n".encode("utf-16-le"),
        "company_name,contact_name\nAcme,Ann\nBolt,Bob\nCord,Cyd\n".encode("utf-16-be"),
        b"sep=;\ncompany_name;contact_name\nAcme;Ann\n\nBolt;Bob\n;\nCord;Cyd",
        book([["company_name", "contact_name"], ["Acme", "Ann"], [], ["Bolt", "Bob"], ["Cord", "Cyd"]]),
    ],
    ids=["mixed line ends", "utf-16-le", "utf-16-be", "blank lines", "workbook called csv"],
)
def test_odd_but_whole_files_are_read_whole(ann: Caller, content: bytes) -> None:
    job = done(ann, posted(ann, content, "leads.csv").json())
    assert (job["status"], job["total"], job["created"]) == ("done", 3, 3)
    assert set(Lead.objects.values_list("company_name", "contact_name")) == {
        ("Acme", "Ann"), ("Bolt", "Bob"), ("Cord", "Cyd"),
    }  # fmt: skip


NESTED = "[" * 200_000
HOSTILE: dict[str, str] = {
    "not json": "{company_name",
    "nested deeply": NESTED,
    "nested in a value": json.dumps({"company_name": "company_name"})[:-1] + ', "x": ' + NESTED + "}",
    "not a number": '{"company_name": NaN}',
    "a name twice": '{"company_name": "email", "company_name": "company_name"}',
    "half a surrogate pair": '{"company_name": "company_name", "\\ud800": "email"}',
    "a null character": '{"company_name": "company_name\\u0000"}',
    "a list": '["company_name"]',
    "a text": '"company_name"',
    "nothing": "null",
    "empty": "{}",
    "no name among the targets": '{"company_name": "email"}',
    "unknown target": '{"company_name": ["company_name", "owner"]}',
    "a private attribute": '{"company_name": ["company_name", "_state"]}',
    "a column the file has not": '{"company_name": "company_name", "Telefon": "phone"}',
    "a target that is a number": '{"company_name": 3}',
    "a target that is a mapping": '{"company_name": {"company_name": true}}',
    "a list in a list": '{"company_name": [["company_name"]]}',
    "custom without key": '{"company_name": ["company_name", "custom."]}',
    "custom with capitals": '{"company_name": ["company_name", "custom.Key"]}',
    "custom with a line end": '{"company_name": ["company_name", "custom.key\\n"]}',
    "custom with a dot": '{"company_name": ["company_name", "custom.a.b"]}',
    "custom with a long key": json.dumps({"company_name": ["company_name", "custom.k" + "y" * 60]}),
    "custom of a class": '{"company_name": ["company_name", "custom.__class__"]}',
    "too many custom fields": json.dumps(
        {"company_name": ["company_name", *(f"custom.k{number}" for number in range(201))]}
    ),
    "unknown behaviour": '{"company_name": ["company_name", "behaviour.mood"]}',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_mapping_is_refused_with_the_upload_and_at_the_start(
    ann: Caller,
    store: Path,
    what: str,
) -> None:
    text = HOSTILE[what]
    body = raw_form([("mapping", None, text.encode()), ("file", "leads.csv", CSV)])
    answer = ann.generic("POST", "lead-imports/", body, content_type=MULTIPART_CONTENT)
    if what == "nothing":
        assert answer.status_code in (201, 400)  # null may mean none
        return
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["field"] == "mapping" and answer.json()["detail"]
    assert not LeadImport.objects.exists() and not kept(store)
    job = posted(ann, CSV.replace(b"contact_name", b"Who")).json()
    assert job["status"] == "needs_mapping"
    for deed in ("start", "preview"):
        again = ann.generic(
            "POST", f"lead-imports/{job['id']}/{deed}/", f'{{"mapping": {text}}}'.encode(), "application/json"
        )
        assert again.status_code == 400, again.content
    assert LeadImport.objects.get(pk=job["id"]).status == "needs_mapping"
    assert not Lead.objects.exists() and not CustomField.objects.exists()


def raw_form(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """A form as any program may send it: names and file names as they are."""
    body = b""
    for name, filename, content in parts:
        file = f'; filename="{filename}"' if filename is not None else ""
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


WRONG_REQUESTS: dict[str, tuple[list[tuple[str, str | None, bytes]], str]] = {
    "no file": ([("assignment", None, b"rules")], "file"),
    "a text in place of the file": ([("file", None, CSV)], "file"),
    "an unknown source": ([("file", "a.csv", CSV), ("source", None, b"999999")], "source"),
    "a source that is no number": ([("file", "a.csv", CSV), ("source", None, b"x" * 5000)], "source"),
    "an unknown word for duplicates": (
        [("file", "a.csv", CSV), ("on_duplicate", None, b"drop")],
        "on_duplicate",
    ),
    "a person as assignment": ([("file", "a.csv", CSV), ("assignment", None, b"me")], "assignment"),
    "an unknown field": ([("file", "a.csv", CSV), ("owner", None, b"1")], "owner"),
    "an unknown encoding": ([("file", "a.csv", CSV), ("encoding", None, b"klingon")], ""),
    "a delimiter of two signs": ([("file", "a.csv", CSV), ("delimiter", None, b"::")], ""),
    "a header row below the file": ([("file", "a.csv", CSV), ("header_row", None, b"99")], ""),
    "a header row that is none": ([("file", "a.csv", CSV), ("header_row", None, b"-1")], "header_row"),
    "a sheet it has not": ([("file", "a.xlsx", SMALL), ("sheet", None, "客户".encode())], ""),
}


@pytest.mark.parametrize("what", WRONG_REQUESTS)
def test_a_wrong_request_is_told_what_is_wrong(ann: Caller, store: Path, what: str) -> None:
    parts, field = WRONG_REQUESTS[what]
    answer = ann.generic("POST", "lead-imports/", raw_form(parts), content_type=MULTIPART_CONTENT)
    assert answer.status_code == 400, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not LeadImport.objects.exists() and not kept(store)


def test_other_kinds_of_bodies_are_refused(ann: Caller, store: Path) -> None:
    assert ann.generic("POST", "lead-imports/", CSV, content_type="text/csv").status_code == 415
    assert ann.post("lead-imports/", {"file": "leads.csv"}).status_code == 400
    broken = raw_form([("file", "leads.csv", CSV)])[:-30]
    assert ann.generic("POST", "lead-imports/", broken, content_type="multipart/form-data").status_code == 400
    assert ann.generic("POST", "lead-imports/", b"", content_type=MULTIPART_CONTENT).status_code == 400
    assert not LeadImport.objects.exists() and not kept(store)


def test_a_file_over_the_limit_is_refused_and_not_kept(
    ann: Caller,
    ann_s_browser: Client,
    settings: Any,
    store: Path,
) -> None:
    settings.IMPORT_MAX_BYTES = 100
    large = CSV + b"x,y\n" * 100
    assert posted(ann, large).status_code in (400, 413)
    page = ann_s_browser.post("/leads/import/", {"file": SimpleUploadedFile("leads.csv", large)})
    assert page.status_code in (400, 413)
    assert not LeadImport.objects.exists() and not kept(store)
    assert posted(ann, CSV).status_code == 201


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Temp\\leads.csv", "leads.csv"),
        ("客户名单 2026.csv", "客户名单 2026.csv"),
        ("gpj.\u202evsc.exe", "gpj.vsc.exe"),
        ("a\tb\x7f.csv", "ab.csv"),
        ("x" * 400 + ".csv", "x" * 251 + ".csv"),
        ("…" * 300, "…" * 255),
        ("/", "table"),
        ("", "table"),
    ],
)
def test_a_file_s_name_is_shown_without_folders_and_tricks(sent: str, shown: str) -> None:
    assert filename_shown(sent) == shown


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "客户\u202e名单.csv", "n" * 300 + ".csv", "a;b.csv", ".csv"]
)
def test_any_file_name_is_taken_and_names_no_path_in_the_store(
    ann: Caller,
    store: Path,
    name: str,
) -> None:
    answer = ann.generic(
        "POST", "lead-imports/", raw_form([("file", name, CSV)]), content_type=MULTIPART_CONTENT
    )
    assert answer.status_code == 201, answer.content
    job = LeadImport.objects.get(pk=answer.json()["id"])
    assert not set(job.filename) & set("/\\\u202e") and len(job.filename) <= 255
    [stored] = kept(store)
    assert stored.parent == store / "imports" and stored.name.isalnum()
    import_run(job_id=job.pk)
    assert Lead.objects.count() == 1
