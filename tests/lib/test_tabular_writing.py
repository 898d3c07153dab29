"""What we write opens in a spreadsheet without starting a formula, and reads back as it was."""

import csv
import datetime
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from salesflow.lib.tabular import csv_chunks, open_table, write_csv, write_xlsx

DANGEROUS = [
    "=1+1",
    "+8613800138000",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "'=1",
    "''",
    "＝1",
    "=cmd|' /C calc'!A0",
    "#N/A",
]


def written(rows: list[list[object]], header: list[str]) -> bytes:
    stream = io.BytesIO()
    write_csv(stream, header, rows)
    return stream.getvalue()


def test_a_csv_has_a_mark_for_excel_and_bare_numbers() -> None:
    moment = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
    data = written(
        [["明", 1, -2.5, Decimal("10.50"), True, None, moment]], ["a", "b", "c", "d", "e", "f", "g"]
    )
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    assert data.decode("utf-8-sig").splitlines()[1] == '"明",1,-2.5,10.50,"TRUE","","2024-05-01T12:00:00"'


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_starts_a_formula_and_the_text_comes_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(written([[text, "x"]], ["=name", "note"]))
    for cells in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")):
        assert not any(cell[:1] in "=+-@\t\r＝" for cell in cells if cell)
    opened = open_table(path)
    assert opened.header == ["=name", "note"]
    assert [row.cells for row in opened.rows()] == [[text, "x"]]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_workbook_holds_text_as_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.xlsx"
    write_xlsx(path, ["=name", "note"], [[text, "x"]])
    cell = load_workbook(path).active["A2"]
    assert cell.data_type in ("s", "inlineStr") and cell.quotePrefix
    opened = open_table(path)
    assert opened.header == ["=name", "note"]
    assert [row.cells for row in opened.rows()] == [[text, "x"]]


def test_a_workbook_has_numbers_dates_notes_and_choices(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    rows = [[1, Decimal("2.5"), datetime.date(2024, 5, 1), 12345678901234567890, "bad\x0bsign", float("nan")]]
    header = ["int", "decimal", "date", "long", "sign", "nan"]
    write_xlsx(path, header, rows, notes=[["int", "a number"]], choices={"int": ["1", "2"]}, title="Leads")
    book = load_workbook(path)
    assert book.sheetnames == ["Leads", "Notes"]
    values = [cell.value for cell in book["Leads"][2]]
    assert values[:2] == [1, 2.5] and values[3:] == ["12345678901234567890", "bad\ufffdsign", "nan"]
    assert book["Leads"].freeze_panes == "A2"
    assert book["Leads"].data_validations.dataValidation[0].formula1 == '"1,2"'
    assert book["Notes"]["B1"].value == "a number"
    assert next(open_table(path, sheet="Leads").rows()).cells[2] == "2024-05-01"


def test_csv_is_streamed() -> None:
    taken = 0

    def rows():  # type: ignore[no-untyped-def]
        nonlocal taken
        for taken in range(10_000):
            yield [taken]

    chunks = csv_chunks(["n"], rows())
    next(chunks), next(chunks)
    assert taken < 1_000
    assert sum(chunk.count(b"\r\n") for chunk in chunks) == 9_500


TEXT = st.text(
    st.one_of(st.sampled_from("=+-@'\"\t\r\n,; a明é"), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_any_text_comes_back_from_a_csv(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(written([["row", *row] for row in rows], ["kind", "first", "second"]))
    opened = open_table(path, header=1)
    assert [tuple(row.cells[1:]) for row in opened.rows()] == [
        tuple(cell.replace("\x00", "") for cell in row) for row in rows
    ]
