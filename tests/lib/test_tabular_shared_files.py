"""Every table of the shared collection is read right: rows as its README counts them, nothing lost."""

import json
import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from salesflow.lib.tabular import open_table, write_csv
from tests.support.shared import SHARED_DATA, needs_shared_data

DATA = SHARED_DATA
TABLES = sorted(p for p in DATA.rglob("*") if p.suffix in (".csv", ".tsv", ".psv", ".xls", ".xlsx"))
REFUSED = {"small.csv": "only_header", "utf8bom.csv": "only_header", "unicode_sheet_name.xls": "only_header"}
ABOVE = {"begrotingsanalyse-2011.csv": 5, "excel_pasting.csv": 2}
"""Titles above the header that README counts as records (a blank one it does not)."""
UNIVERSITIES = sorted((DATA / "cn_universities").glob("*.csv"))

pytestmark = needs_shared_data


def stated() -> dict[Path, int]:
    """Records of each file (header included) as README's tables say, by path."""
    found: dict[Path, int] = {}
    folder = ""
    for line in (DATA / "README.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            folder = line[3:].strip()
        if row := re.match(r"\| (.+?) \| [\d,]+ \| .+ \| .+ \| (\d+) x [\d-]+ \|", line):
            found[DATA / folder / row[1]] = int(row[2])
    return found


@pytest.mark.parametrize("path", TABLES, ids=[str(p.relative_to(DATA)) for p in TABLES])
def test_a_table_gives_all_its_rows(path: Path) -> None:
    if path.name in REFUSED:
        with pytest.raises(ValidationError) as refused:
            open_table(path)
        assert refused.value.code == REFUSED[path.name]
        return
    table = open_table(path, filename=path.name)
    rows = list(table.rows())
    assert [row for row in rows if row.error] == []
    assert all(len(row.cells) == len(table.header) for row in rows)
    records = stated().get(path)
    if records is not None:
        header = 1 if table.header_row_number else 0
        assert (
            len(rows) + header + ABOVE.get(path.name, 0) - (path.name in ABOVE and "beg" in path.name)
            == records
        )


@pytest.mark.parametrize("path", sorted((DATA / "csv_spectrum/csvs").glob("*.csv")), ids=lambda p: p.stem)
def test_csv_spectrum_is_read_exactly(path: Path) -> None:
    table = open_table(path)
    read = [dict(zip(table.header, row.cells, strict=True)) for row in table.rows()]
    assert read == json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text("utf-8"))


def test_the_universities_are_the_same_in_five_encodings() -> None:
    read = [[row.cells for row in open_table(path).rows()] for path in UNIVERSITIES]
    assert len(read) == 5 and all(rows == read[0] for rows in read)
    assert read[0][0] == ["1", "北京大学"] and len(read[0]) == 2740


def test_the_scenic_places_are_read_as_big5() -> None:
    path = DATA / "messy_tables/characters.csv"
    table = open_table(path)
    assert table.encoding == "big5"
    assert table.header[2] == "景點中文名稱"
    assert next(table.rows()).cells[2] == "雲嘉南濱海國家風景區管理處"


@pytest.mark.parametrize(
    "path",
    sorted(p for p in (DATA / "cjk_encodings").glob("*.txt") if "utf8" not in p.name),
    ids=lambda p: p.stem,
)
def test_the_encoding_samples_equal_their_utf8_twins(path: Path) -> None:
    twin = path.with_name(f"{path.stem}-utf8.txt")
    read = [[row.cells for row in open_table(p, header=0, delimiter="\t").rows()] for p in (path, twin)]
    assert read[0] == read[1]


def test_naughty_strings_survive_a_file(tmp_path: Path) -> None:
    source = DATA / "naughty_strings/blns.json"
    strings = json.loads(source.read_text("utf-8"))
    path = tmp_path / "naughty.csv"
    with path.open("wb") as stream:
        write_csv(stream, ["no", "text"], ([f"n{i}", text] for i, text in enumerate(strings)))
    assert [row.cells[1] for row in open_table(path).rows()] == [text.replace("\x00", "") for text in strings]
