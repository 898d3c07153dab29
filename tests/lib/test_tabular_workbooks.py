"""Workbooks are read as people see them, and a hostile one costs a child process, not a worker."""

import datetime
import random
import struct
import time
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from salesflow.lib.tabular import TakesLong, open_table
from salesflow.lib.tabular import workbook as reader

SHEET = '<?xml version="1.0"?>{dtd}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{body}</worksheet>'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def save(path: Path, rows: list[list[object]], **sheets: list[list[object]]) -> None:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title, content in sheets.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.save(path)


def with_sheet(path: Path, body: str, *, dtd: str = "") -> None:
    """A workbook whose first sheet is this XML."""
    save(path, [["name"], ["Ann"]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = SHEET.format(dtd=dtd, body=body).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)


def refusal(path: Path, **options: str) -> str | None:
    with pytest.raises(ValidationError) as refused:
        list(open_table(path, **options).rows())
    assert refused.value.messages[0]
    return refused.value.code


def test_cells_become_stable_text(path: Path) -> None:
    moment = datetime.datetime(2024, 5, 1, 13, 45)
    save(
        path,
        [
            ["text", "int", "float", "phone", "date", "moment", "time", "bool", "none", "big"],
            [
                " 明 ",
                1,
                0.1 + 0.2,
                13800138000,
                datetime.date(2024, 5, 1),
                moment,
                moment.time(),
                True,
                None,
                1e21,
            ],
            ["-", -3.0, 1.5e-7, 1.0, datetime.datetime(2024, 5, 1), None, None, False, "", 123456789012345],
        ],
    )
    opened = open_table(path)
    assert opened.kind == "xlsx" and opened.encoding is None and opened.sheets == ("Sheet",)
    assert [row.cells for row in opened.rows()] == [
        [
            " 明 ",
            "1",
            "0.3",
            "13800138000",
            "2024-05-01",
            "2024-05-01T13:45:00",
            "13:45:00",
            "TRUE",
            "",
            "1" + "0" * 21,
        ],
        ["-", "-3", "0.00000015", "1", "2024-05-01", "", "", "FALSE", "", "123456789012345"],
    ]


def test_rows_have_excel_s_numbers_and_reading_goes_on_behind_one(path: Path) -> None:
    save(path, [[], [], [None, "name", "phone"], [None, "Ann", 1], [], [None, "Bob", 2, None, "extra"]])
    opened = open_table(path)
    assert opened.header_row_number == 3 and opened.header[1:] == ["name", "phone", "Column 4", "Column 5"]
    assert [(row.number, row.cells[4]) for row in opened.rows()] == [(4, ""), (6, "extra")]
    assert [row.number for row in opened.rows(start_after=4)] == [6]


def test_a_sheet_can_be_chosen_and_the_first_with_content_is_the_default(path: Path) -> None:
    save(path, [], Leads=[["name"], ["Ann"]], Other=[["x"], ["y"]])
    assert open_table(path).sheet == "Leads"
    assert open_table(path, sheet="Other").header == ["x"]
    assert refusal(path, sheet="None such") == "no_such_sheet"


@pytest.mark.parametrize("ending", ["csv", "xls", "ods", "xlsm", "txt", "xlsx.exe", "xlsx"])
def test_the_content_decides_whatever_the_name_says(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"leads.{ending}"
    save(path, [["name"], ["Ann"]])
    opened = open_table(path, filename=path.name)
    assert (opened.kind, [row.cells for row in opened.rows()]) == ("xlsx", [["Ann"]])


def test_an_open_document_spreadsheet_is_read(path: Path) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>"
        for row in (["name", "城市"], ["Ann", "上海"])
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Leads">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    opened = open_table(path)
    assert (opened.kind, opened.sheets, opened.header) == ("ods", ("Leads",), ["name", "城市"])
    assert [row.cells for row in opened.rows()] == [["Ann", "上海"]]


def test_a_large_workbook_is_not_looked_at_while_somebody_waits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(path, [["n"], *[[i] for i in range(3_000)]])
    assert len(list(open_table(path, at_once=True).rows())) == 3_000
    monkeypatch.setattr(reader, "AT_ONCE_UNPACKED", 10_000)
    with pytest.raises(TakesLong):
        open_table(path, at_once=True)
    monkeypatch.undo()
    monkeypatch.setattr(reader, "AT_ONCE_MEMORY", 8 << 20)  # as one that conceals its size
    with pytest.raises(TakesLong):
        open_table(path, at_once=True)
    assert len(list(open_table(path).rows())) == 3_000


def test_it_is_known_how_much_of_a_sheet_has_been_read(path: Path) -> None:
    save(path, [["n"], *[[i] for i in range(99)]])
    opened = open_table(path)
    shares = [opened.share for _row in opened.rows()]
    assert shares[:2] == [0.02, 0.03] and shares[-1] == 1


def test_empty_workbooks_and_bare_headers_are_refused(path: Path) -> None:
    save(path, [])
    assert refusal(path) == "empty_file"
    save(path, [["name", "phone"]])
    assert refusal(path) == "only_header"


def test_an_archive_that_is_no_workbook_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("leads.csv", "a,b\n1,2\n")
    assert refusal(path) == "not_a_workbook"


def test_a_zip_bomb_is_refused_before_it_is_opened(path: Path) -> None:
    save(path, [["name"], ["Ann"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"\0" * (64 << 20))
    assert path.stat().st_size < 100_000
    start = time.monotonic()
    assert refusal(path) == "zip_bomb"
    assert time.monotonic() - start < 1


def test_an_archive_that_lies_about_its_size_harms_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory says a few bytes, the part unpacks to 300 MB: the child's memory ends first."""
    body = b"<sheetData>" + b"<row><c><v>1</v></c></row>" * 12_000_000 + b"</sheetData>"
    with_sheet(path, "@@@")
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"@@@", body)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    true_size = struct.pack("<I", len(parts["xl/worksheets/sheet1.xml"]))
    path.write_bytes(path.read_bytes().replace(true_size, struct.pack("<I", 100)))
    monkeypatch.setattr(reader, "MEMORY", 256 << 20)
    assert refusal(path) in {"workbook_too_big", "unreadable_workbook", "zip_bomb"}


@pytest.mark.parametrize(
    "body",
    [
        '<sheetData><row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>2</v></c></row></sheetData>',
        '<sheetData><row r="99999999999"><c r="ZZZZZZZZ99999999999"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1" t="s"><v>99999999</v></c></row></sheetData>',
        "<sheetData><row><c><v>&undefined;</v></c></row></sheetData>",
        "<sheetData><row><c>" * 20_000,
    ],
)
def test_a_crafted_sheet_is_refused_or_read(path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MEMORY", 1 << 30)
    monkeypatch.setattr(reader, "CPU_SECONDS", 10)
    with_sheet(path, body)
    try:
        rows = list(open_table(path).rows())
    except ValidationError as refused:
        assert refused.code in {
            "workbook_too_big",
            "unreadable_workbook",
            "too_many_columns",
            "empty_file",
            "only_header",
        }
    else:
        assert len(rows) < 3


def test_entities_are_not_expanded(path: Path) -> None:
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    dtd = f'<!DOCTYPE x [<!ENTITY e0 "boom"><!ENTITY file SYSTEM "file:///etc/passwd">{levels}]>'
    cell = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c></row>'
    rows = "".join(cell.format(number, text) for number, text in enumerate(["name", "&e9;", "&file;"], 1))
    with_sheet(path, f"<sheetData>{rows}</sheetData>", dtd=dtd)
    try:
        text = "".join(cell for row in open_table(path).rows() for cell in row.cells)
    except ValidationError as refused:
        assert refused.code in {"unreadable_workbook", "workbook_too_big", "only_header"}
    else:
        assert "boom" not in text and "root:" not in text and len(text) < 100


def test_too_many_columns_are_refused(path: Path) -> None:
    save(path, [[f"c{i}" for i in range(501)], list(range(501))])
    assert refusal(path) == "too_many_columns"


def test_a_protected_workbook_is_named_so(path: Path) -> None:
    path.write_bytes(reader.OLE + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1000)
    assert refusal(path) == "encrypted"


def test_the_child_is_gone_when_the_reader_stops(path: Path) -> None:
    save(path, [["n"], *[[i] for i in range(50_000)]])
    rows = open_table(path).rows()
    assert next(rows).cells == ["0"]
    children = Path(f"/proc/self/task/{__import__('threading').get_native_id()}/children")
    assert children.read_text().split()
    rows.close()
    assert not [
        pid
        for pid in children.read_text().split()
        if b"workbook_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_damaged_workbooks_are_refused_or_read(path: Path) -> None:
    save(path, [["name", "phone"], ["Ann", 1], ["Bob", 2]])
    whole = path.read_bytes()
    chance = random.Random(7)
    for _ in range(25):
        broken = bytearray(whole)
        for _ in range(chance.choice([1, 3, 30])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.write_bytes(broken[: chance.choice([len(broken), chance.randrange(100, len(broken))])])
        try:
            list(open_table(path).rows())
        except ValidationError as refused:
            assert refused.code and refused.messages
