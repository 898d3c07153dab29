"""Reading workbooks (XLSX, XLS, ODS) in a child process with limited memory and time.

A workbook of a few kilobytes can unpack to terabytes, name its last cell as XFD1048576, or repeat one long text a
million times. What a checked archive still hides costs a child process, never a worker: the rows come back through
a pipe, so this side's memory does not grow with the file.
"""

import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from .rows import (
    MAX_CELL,
    MAX_COLUMNS,
    Row,
    RowError,
    TakesLong,
    cell_problem,
    head_of,
    kept_raw,
    refuse,
    storable,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
"""A sheet of equal rows packs a hundredfold at most; tenfold is usual."""
MAX_PARTS = 10_000
MEMORY = 2 << 30
CPU_SECONDS = 300
#: What somebody who waits for the answer grants: a hundred thousand rows or so, in half a second.
AT_ONCE_UNPACKED = 32 << 20
AT_ONCE_OLE = 8 << 20
AT_ONCE_MEMORY = 512 << 20
AT_ONCE_SECONDS = 4
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_CHILD = Path(__file__).with_name("workbook_child.py")


class Workbook:
    """One sheet of a workbook as records, numbered as Excel numbers them.

    With `at_once` the child gets little memory and time, and TakesLong is raised where that is not enough.
    """

    encoding: str | None = None
    delimiter: str | None = None

    def __init__(self, path: str | Path, kind: str, sheet: str | None, *, at_once: bool = False) -> None:
        self.path = Path(path)
        self.kind = kind
        self.at_once = at_once
        with closing(self._child(sheet, 0)) as lines:
            about = next(lines)
            self._head = head_of(self._row(number, cells) for number, cells in lines)
        self.sheet: str = about["sheet"]
        self.sheets: tuple[str, ...] = tuple(about["sheets"])
        self._rows: int = about["rows"]
        self._at = 0
        if about["width"] > MAX_COLUMNS:
            refuse("too_many_columns", columns=about["width"], limit=MAX_COLUMNS)

    @property
    def share(self) -> float:
        """How much of the sheet has been read, 0 to 1."""
        return self._at / self._rows if self._rows else 1.0

    def head(self) -> list[Row]:
        """The first records."""
        return self._head

    def records(self, start_after: int = 0) -> Iterator[Row]:
        """Records by row number; those up to `start_after` are read over in the child."""
        with closing(self._child(self.sheet, start_after)) as lines:
            next(lines)
            for number, cells in lines:
                self._at = number
                yield self._row(number, cells)

    @staticmethod
    def _row(number: int, cells: list[str]) -> Row:
        error = _problem(cells)
        if error is None:
            return Row(number, cells)
        return Row(number, [storable(cell[:MAX_CELL]) for cell in cells], error, kept_raw("\t".join(cells)))

    def text_of(self, row: Row) -> str:
        """The text of a record, cells apart by tabs."""
        return kept_raw("\t".join(row.cells))

    def _child(self, sheet: str | None, start_after: int) -> Generator[Any, None, None]:
        """What the child says, line by line: first about the workbook, then number and cells of each row."""
        wanted = json.dumps(
            {
                "path": str(self.path.resolve()),
                "sheet": sheet,
                "start_after": start_after,
                "memory": AT_ONCE_MEMORY if self.at_once else MEMORY,
                "seconds": AT_ONCE_SECONDS if self.at_once else CPU_SECONDS,
                "max_cell": MAX_CELL,
            }
        )
        child = subprocess.Popen(  # noqa: S603 our own interpreter and file, arguments as one JSON text
            [sys.executable, "-I", str(_CHILD), wanted], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            ended = False
            for line in child.stdout or ():
                said = json.loads(line)
                if isinstance(said, dict) and "refuse" in said:
                    if self.at_once and said["refuse"] == "workbook_too_big":
                        raise TakesLong
                    refuse(said["refuse"], **said.get("params", {}))
                ended = said == "end"
                if not ended:
                    yield said
            if not ended and self.at_once:
                raise TakesLong
            if not ended:
                refuse("workbook_too_big" if child.wait() else "unreadable_workbook")
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def _problem(cells: list[str]) -> RowError | None:
    if any(len(cell) > MAX_CELL for cell in cells):
        return RowError("cell_too_long", {"limit": MAX_CELL})
    return cell_problem(cells, "Unicode")


def workbook_kind(path: Path, head: bytes, *, at_once: bool = False) -> str | None:
    """`xlsx`, `xls` or `ods` for a workbook we may open, None for another kind of file.

    Refuses what only looks like a workbook; with `at_once` raises TakesLong for a large one.
    """
    if head.startswith(ZIP):
        return _check_archive(path, at_once=at_once)
    if head.startswith(OLE):
        if at_once and path.stat().st_size > AT_ONCE_OLE:
            raise TakesLong
        return _check_ole(path)
    return None


def _check_archive(path: Path, *, at_once: bool) -> str:
    """Names and sizes as the archive's own directory states them; the child's limits hold whatever it conceals."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                refuse("encrypted")
            kind = _kind_of(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError):
        refuse("unreadable_workbook")
    if kind is None:
        refuse("not_a_workbook")
    size = sum(part.file_size for part in parts)
    packed = max(1, path.stat().st_size)
    if size > MAX_UNPACKED or len(parts) > MAX_PARTS or (size > 10 << 20 and size > packed * MAX_RATIO):
        refuse("zip_bomb", size=size >> 20)
    if at_once and size > AT_ONCE_UNPACKED:
        raise TakesLong
    return kind


def _kind_of(archive: zipfile.ZipFile) -> str | None:
    names = {name.lower() for name in archive.namelist()}
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx"
    if {"mimetype", "content.xml"} <= set(archive.namelist()):
        with archive.open("mimetype") as part:
            return "ods" if part.read(100).strip() == _ODS else None
    return None


def _check_ole(path: Path) -> str:
    """Old Office files share one container: only the one with a workbook stream is a table."""
    content = path.read_bytes() if path.stat().st_size <= 64 << 20 else b""
    if "EncryptedPackage".encode("utf-16-le") in content:
        refuse("encrypted")
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "WORKBOOK", "Book", "BOOK")):
        refuse("not_a_table", what="OLE")
    return "xls"
