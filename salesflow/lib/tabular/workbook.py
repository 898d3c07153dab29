"""Reading Excel workbooks (XLSX, XLS) in a child process with limited memory and time.

A workbook of a few kilobytes can unpack to terabytes, name its last cell as XFD1048576, or repeat one long text a
million times. What a checked archive still hides costs a child process, never a worker: the rows come back through
a pipe, so this side's memory does not grow with the file.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from .rows import MAX_CELL, MAX_COLUMNS, Row, RowError, cell_problem, kept_raw, refuse, storable

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
"""A sheet of equal rows packs a hundredfold at most; tenfold is usual."""
MAX_PARTS = 10_000
MEMORY = 2 << 30
CPU_SECONDS = 300
_CHILD = Path(__file__).with_name("workbook_child.py")


class Workbook:
    """One sheet of a workbook as records, numbered as Excel numbers them."""

    encoding: str | None = None
    delimiter: str | None = None

    def __init__(self, path: str | Path, kind: str, sheet: str | None) -> None:
        self.path = Path(path)
        self.kind = kind
        with closing(self._child(sheet, 0)) as lines:
            about = next(lines)
        self.sheet: str = about["sheet"]
        self.sheets: tuple[str, ...] = tuple(about["sheets"])
        if about["width"] > MAX_COLUMNS:
            refuse("too_many_columns", columns=about["width"], limit=MAX_COLUMNS)

    def records(self, start_after: int = 0) -> Iterator[Row]:
        """Records by row number; those up to `start_after` are read over in the child."""
        with closing(self._child(self.sheet, start_after)) as lines:
            next(lines)
            for number, cells in lines:
                error = _problem(cells)
                if error:
                    yield Row(
                        number,
                        [storable(cell[:MAX_CELL]) for cell in cells],
                        error,
                        kept_raw("\t".join(cells)),
                    )
                else:
                    yield Row(number, cells)

    def text_of(self, row: Row) -> str:
        """The text of a record, cells apart by tabs."""
        return kept_raw("\t".join(row.cells))

    def _child(self, sheet: str | None, start_after: int) -> Iterator[Any]:
        """What the child says, line by line: first about the workbook, then number and cells of each row."""
        wanted = json.dumps(
            {
                "path": str(self.path.resolve()),
                "sheet": sheet,
                "start_after": start_after,
                "memory": MEMORY,
                "seconds": CPU_SECONDS,
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
                    refuse(said["refuse"], **said.get("params", {}))
                ended = said == "end"
                if not ended:
                    yield said
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


def workbook_kind(path: Path, head: bytes) -> str | None:
    """`xlsx` or `xls` for a workbook we may open, None for another kind of file; refuses what only looks like one."""
    if head.startswith(ZIP):
        _check_archive(path)
        return "xlsx"
    if head.startswith(OLE):
        return _check_ole(path)
    return None


def _check_archive(path: Path) -> None:
    """Names and sizes as the archive's own directory states them; the child's limits hold whatever it conceals."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        refuse("unreadable_workbook")
    if any(part.flag_bits & 1 for part in parts):
        refuse("encrypted")
    if not any(part.filename.lower() in ("xl/workbook.xml", "xl/workbook.bin") for part in parts):
        refuse("not_a_workbook")
    size = sum(part.file_size for part in parts)
    packed = max(1, path.stat().st_size)
    if size > MAX_UNPACKED or len(parts) > MAX_PARTS or (size > 10 << 20 and size > packed * MAX_RATIO):
        refuse("zip_bomb", size=size >> 20)


def _check_ole(path: Path) -> str:
    """Old Office files share one container: only the one with a workbook stream is a table."""
    content = path.read_bytes() if path.stat().st_size <= 64 << 20 else b""
    if "EncryptedPackage".encode("utf-16-le") in content:
        refuse("encrypted")
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "WORKBOOK", "Book", "BOOK")):
        refuse("not_a_table", what="OLE")
    return "xls"
