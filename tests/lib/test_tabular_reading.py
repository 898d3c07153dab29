"""A text file is read row by row; what is broken costs its own row and is told with its reason."""

import tracemalloc
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesflow.lib.tabular import Row, Table, open_table


@pytest.fixture
def table(tmp_path: Path):  # type: ignore[no-untyped-def]
    def make(content: str | bytes, **options) -> Table:  # type: ignore[no-untyped-def]
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_table(path, **options)

    return make


def cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.rows()]


def errors(table: Table) -> list[tuple[int, str]]:
    return [(row.number, row.error.code) for row in table.rows() if row.error]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_delimiter_is_found(table, delimiter: str) -> None:  # type: ignore[no-untyped-def]
    lines = [["name", "amount, net", "note"], ["Acme", "1,5", "a"], ["Böhm", "2,5", 'say "hi"; bye']]
    text = "\r\n".join(delimiter.join('"' + c.replace('"', '""') + '"' for c in line) for line in lines)
    opened = table(text)
    assert opened.delimiter == delimiter
    assert opened.header == lines[0]
    assert cells(opened) == lines[1:]


def test_decimal_commas_do_not_hide_semicolons(table) -> None:  # type: ignore[no-untyped-def]
    assert cells(table("name;a;b\nx;1,5;2,5\ny;3,5;4,5\n")) == [["x", "1,5", "2,5"], ["y", "3,5", "4,5"]]


def test_excel_s_hint_line_is_obeyed_and_is_no_row(table) -> None:  # type: ignore[no-untyped-def]
    opened = table("sep=|\nname|phone\nAnn|1\n")
    assert (opened.delimiter, opened.header, opened.header_row_number) == ("|", ["name", "phone"], 2)
    assert [(r.number, r.cells) for r in opened.rows()] == [(3, ["Ann", "1"])]


def test_a_blank_after_the_delimiter_belongs_to_it(table) -> None:  # type: ignore[no-untyped-def]
    assert cells(table('name, city, note\nAnn, Bonn, "a, b"\n')) == [["Ann", "Bonn", "a, b"]]


def test_blank_lines_are_no_rows_but_count(table) -> None:  # type: ignore[no-untyped-def]
    opened = table("name,phone\n\nAnn,1\n,,\n  ,\nBob,2\n\n")
    assert [(row.number, row.cells[0]) for row in opened.rows()] == [(3, "Ann"), (6, "Bob")]


def test_missing_cells_are_blank_and_surplus_ones_an_error(table) -> None:  # type: ignore[no-untyped-def]
    rows = list(table("a,b,c\n1\n1,2,3,,\n1,2,3,4\nx,y,z\n").rows())
    assert rows[0] == Row(2, ["1", "", ""])
    assert rows[1].cells == ["1", "2", "3"]
    assert rows[2].error and rows[2].error.code == "too_many_cells" and rows[2].raw == "1,2,3,4"
    assert rows[2].error.message == "The row has 4 cells, the header has 3."
    assert rows[3].cells == ["x", "y", "z"]


def test_a_header_that_forgot_its_last_column_is_widened(table) -> None:  # type: ignore[no-untyped-def]
    opened = table("a,b\nx,y,z\nu,v,w\n")
    assert opened.header == ["a", "b", "Column 3"]
    assert not errors(opened)


def test_column_names_are_unique(table) -> None:  # type: ignore[no-untyped-def]
    opened = table(
        "Name,,Name,Name (2), Two\nlines ,Name\nx,x,x,x,x,x\n".replace(" Two\nlines ", '"Two\nlines"')
    )
    assert opened.header == ["Name", "Column 2", "Name (2)", "Name (2) (2)", "Two lines", "Name (3)"]


@pytest.mark.parametrize(
    ("text", "number", "header"),
    [
        ("Report 2024,,,\nmade by Ann,,,\n,,,\nname,phone,city,note\nAnn,1,Bonn,x\nBob,2,Ulm,y\n", 4, "name"),
        ("1,北京大学\n2,清华大学\n3,复旦大学\n", 0, "Column 1"),
        ("ann@a.de,Ann\nbob@b.de,Bob\n", 0, "Column 1"),
        ("foo\nfoo\nfoo\n", 0, "Column 1"),
        ("Year,2019,2020\nSales,1,2\nCosts,3,4\n", 1, "Year"),
        ("name,phone,city,note\nAnn,,,\nBob,,,\n", 1, "name"),
        ("name,phone\n", None, None),
    ],
)
def test_the_header_is_found_conservatively(table, text: str, number: int | None, header: str | None) -> None:  # type: ignore[no-untyped-def]
    if number is None:
        with pytest.raises(ValidationError) as refused:
            table(text)
        assert refused.value.code == "only_header"
        return
    opened = table(text)
    assert (opened.header_row_number, opened.header[0]) == (number, header)


def test_the_header_can_be_said(table) -> None:  # type: ignore[no-untyped-def]
    text = "a,b\nc,d\ne,f\n"
    assert table(text, header=2).header == ["c", "d"]
    assert len(cells(table(text, header=0))) == 3
    with pytest.raises(ValidationError) as refused:
        table(text, header=9)
    assert refused.value.code == "no_header_row"


def test_one_lost_quotation_mark_costs_one_row(table) -> None:  # type: ignore[no-untyped-def]
    lines = ["name,note"] + [f'N{i},"fine {i}"' for i in range(200)]
    lines[50] = 'N49,"lost'
    opened = table("\n".join(lines) + "\n")
    assert errors(opened) == [(51, "unclosed_quote")]
    assert [row.raw for row in opened.rows() if row.error] == ['N49,"lost']
    assert len(cells(opened)) == 200


def test_a_quote_that_would_swallow_the_rest_does_not(table) -> None:  # type: ignore[no-untyped-def]
    lines = ["name,note"] + [f"N{i},plain {i}" for i in range(30_000)]
    lines[100] = 'N99,"never closed'
    opened = table("\n".join(lines) + "\n")
    assert errors(opened) == [(101, "unclosed_quote")]
    assert sum(1 for _ in opened.rows()) == 30_000


def test_odd_quotes_are_read_as_spreadsheets_do(table) -> None:  # type: ignore[no-untyped-def]
    assert cells(table('a,b\n5" pipe,x\n"5" pipe,y\n')) == [['5" pipe', "x"], ["5 pipe", "y"]]


def test_line_breaks_in_quotes_stay(table) -> None:  # type: ignore[no-untyped-def]
    assert cells(table('a,b\n"one\r\ntwo",x\r"three\n\nfour",y\n')) == [
        ["one\r\ntwo", "x"],
        ["three\n\nfour", "y"],
    ]


def test_a_huge_field_is_one_row_s_error(table) -> None:  # type: ignore[no-untyped-def]
    opened = table(b"a,b\n1,2\n" + b"x" * 10_000_000 + b",3\n4,5\n" + b"y" * 200_000 + b",6\n7,8\n")
    assert errors(opened) == [(3, "record_too_long"), (5, "cell_too_long")]
    assert [row.cells for row in opened.rows() if not row.error] == [["1", "2"], ["4", "5"], ["7", "8"]]
    assert all(len(row.raw) <= 10_000 for row in opened.rows())


def test_a_nul_byte_is_told_and_can_be_stored(table) -> None:  # type: ignore[no-untyped-def]
    opened = table("name,note\nAnn,ok\nBob,a\x00b\nCid," + "fine " * 20 + "\n")
    assert errors(opened) == [(3, "nul")]
    bad = next(row for row in opened.rows() if row.error)
    assert "\x00" not in bad.raw + "".join(bad.cells)
    assert bad.raw == "Bob,a\\x00b"


def test_an_undecodable_byte_is_told_with_its_place(table) -> None:  # type: ignore[no-untyped-def]
    good = "".join(f"{i},北京明远科技\n" for i in range(50))
    opened = table(("no,name\n" + good).encode() + b"50,Caf\xe9\n51,ok\n")
    assert opened.encoding == "utf-8"
    bad = next(row for row in opened.rows() if row.error)
    assert bad.number == 52 and bad.raw == "50,Caf\\xE9" and bad.cells == ["50", "Caf\\xE9"]
    assert bad.error and bad.error.message == "The byte E9 in column 2 is not readable as UTF-8."
    assert len(cells(opened)) == 52


def test_reading_goes_on_behind_a_row(table) -> None:  # type: ignore[no-untyped-def]
    opened = table('a,b\n1,x\n\n"2\n2",y\n3,z\n')
    every = [row.number for row in opened.rows()]
    assert every == [2, 4, 5]
    for number in every:
        assert [row.number for row in opened.rows(start_after=number)] == [n for n in every if n > number]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n \n", "empty_file"),
        (b",,,\n,,\n", "empty_file"),
        (b"a,b\n\n", "only_header"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n0000", "not_a_table"),
        (b"\xff\xd8\xff\xe0 JFIF", "not_a_table"),
        (b"GIF89a", "not_a_table"),
        (b"\x1f\x8b\x08\x00data", "not_a_table"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "not_a_table"),
        (b"<TABLE border=1><tr><td>1</td></tr></TABLE>", "not_a_table"),
        (b"\xef\xbb\xbf<!-- saved from the web --><html>", "not_a_table"),
        (b'<?xml version="1.0"?><a/>', "not_a_table"),
        (b'[\n  {"name": "Ann"}\n]', "not_a_table"),
        (b"BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", "empty_cards"),
        (b"PK\x03\x04 no archive at all", "unreadable_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nothing", "not_a_table"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b'name,"note\nAnn,1\nBob,2\n', "broken_header"),
        (b"x," * 600 + b"x\n1\n", "too_many_columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_code(table, content: bytes, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValidationError) as refused:
        table(content)
    assert refused.value.code == code
    assert refused.value.messages[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"encoding": "klingon"}, "unknown_encoding"),
        ({"encoding": "utf-8"}, "wrong_encoding"),
        ({"encoding": "utf\x008"}, "unknown_encoding"),
        ({"encoding": "中文"}, "unknown_encoding"),
        ({"header": 101}, "no_header_row"),
        ({"header": 2_000_000_000}, "no_header_row"),
        ({"delimiter": "ab"}, "bad_delimiter"),
        ({"delimiter": '"'}, "bad_delimiter"),
    ],
)
def test_a_wrong_choice_is_refused(table, options: dict[str, str], code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValidationError) as refused:
        table("姓名,电话\n张三丰,1\n李四光,2\n".encode("gb18030"), **options)
    assert refused.value.code == code


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=400), st.text(st.sampled_from("a1,;\t\"'\n\r\x00é北=-@ "), max_size=120)))
def test_any_bytes_give_rows_or_a_refusal(table, content: bytes | str) -> None:  # type: ignore[no-untyped-def]
    try:
        opened = table(content)
        rows = list(opened.rows())
    except ValidationError as refused:
        assert refused.code and refused.messages
        return
    assert len(set(opened.header)) == len(opened.header) <= 500
    assert [row.number for row in rows] == sorted({row.number for row in rows})
    for row in rows:
        assert row.error or len(row.cells) == len(opened.header)
        (row.raw + "".join(row.cells)).encode()
        assert "\x00" not in row.raw + "".join(row.cells)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for count in (30_000, 90_000):
        path = tmp_path / f"{count}.csv"
        path.write_text("name,note\n" + "".join(f'明远{i},"fine, {i}"\n' for i in range(count)), "gb18030")
        tracemalloc.start()
        assert sum(1 for _ in open_table(path).rows()) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000
