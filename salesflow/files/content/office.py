"""Office files are archives: which kind one is, and that nobody who opens it is harmed.

Sizes are taken from the archive's own directory first, then every part is read through, counted and checked against
its checksum, so that a directory that lies is found out. XML is read with external entities and expansion off.
"""

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from salesflow.files.content.kinds import KINDS, Kind
from salesflow.files.content.refusals import refuse
from salesflow.lib.uploads import anonymous_file

MOST_PARTS = 5000
MOST_UNPACKED = 256 << 20
#: A sheet of equal rows packs a hundredfold at most; tenfold is usual. Small ones harm nobody.
MOST_RATIO = 200
RATIO_COUNTS_FROM = 10 << 20
MOST_TYPES = 2 << 20
DEEPEST = 1
PIECE = 1 << 16
TYPES_PART = "[Content_Types].xml"
_OOXML = "application/vnd.openxmlformats-officedocument."
_MAIN_PARTS = {
    f"{_OOXML}wordprocessingml.document.main+xml": "docx",
    f"{_OOXML}spreadsheetml.sheet.main+xml": "xlsx",
    f"{_OOXML}presentationml.presentation.main+xml": "pptx",
}
_ODF = {KINDS[code].media_type: code for code in ("odt", "ods", "odp")}
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, KeyError, RuntimeError,
)  # fmt: skip


def is_archive(file: IO[bytes]) -> bool:
    """Whether the end of the file reads as an archive, whatever its beginning is."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            return bool(archive.infolist())
    except _BROKEN:
        return False


@dataclass
class _Allowed:
    """What may still be unpacked, and how many archives deep; one for a file and all the files in it."""

    unpacked: int = MOST_UNPACKED
    deeper: int = DEEPEST


def office_kind(file: IO[bytes], allowed: _Allowed | None = None) -> Kind:
    """The kind of an office file; refuses other archives, bombs, macros and what hides in it."""
    allowed = allowed or _Allowed()
    with _opened(file) as archive:
        parts = archive.infolist()
        _check_directory(archive, parts, _size(file), allowed)
        kind = _open_document(archive, parts) or _open_xml(archive, parts)
        if kind is None:
            refuse("archive")
        _check_macros(parts)
        for part in parts:
            _read_through(archive, part, allowed)
    return kind


def _size(file: IO[bytes]) -> int:
    return file.seek(0, 2)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (ParseError, DefusedXmlException, *_BROKEN):
        refuse("unreadable")


def _check_directory(
    archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], size: int, allowed: _Allowed
) -> None:
    """What the archive says of itself: nothing before, behind, hidden, doubled, overlapping or out of proportion."""
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    allowed.unpacked -= unpacked
    if (
        len(parts) > MOST_PARTS
        or allowed.unpacked < 0
        or packed > size
        or (unpacked > RATIO_COUNTS_FROM and unpacked > size * MOST_RATIO)
    ):
        refuse("zip_bomb")
    names = {part.filename.lower() for part in parts}
    plain = all(
        part.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not part.flag_bits & 1
        for part in parts
    )
    in_place = bool(parts) and min(part.header_offset for part in parts) == 0 and not archive.comment
    if not plain or not in_place or len(names) < len(parts) or any(_leads_out(name) for name in names):
        refuse("unreadable")


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name


def _open_document(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Kind | None:
    """An OpenDocument file names its type in its first part, as it stands."""
    first = parts[0]
    if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED or first.file_size > 100:
        return None
    code = _ODF.get(archive.read(first).decode("ascii", errors="replace"))
    return KINDS[code] if code else None


def _open_xml(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Kind | None:
    """A file of Office Open XML lists the types of its parts, the main one among them."""
    types = next((part for part in parts if part.filename == TYPES_PART), None)
    if types is None or types.file_size > MOST_TYPES:
        return None
    told = {each.get("ContentType", "") for each in fromstring(archive.read(types))}
    if any("macroenabled" in each.lower() or "vbaproject" in each.lower() for each in told):
        refuse("macros")
    return next((KINDS[code] for main, code in _MAIN_PARTS.items() if main in told), None)


def _check_macros(parts: list[zipfile.ZipInfo]) -> None:
    for part in parts:
        name = part.filename.lower()
        if name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/")):
            refuse("macros")


def _read_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, allowed: _Allowed) -> None:
    """Unpack a part piece by piece, to nowhere unless it is an archive itself; its checksum is compared at the end."""
    with archive.open(part) as source:
        piece = source.read(PIECE)
        if piece.startswith((b"MZ", b"\x7fELF")):
            refuse("executable")
        if not piece.startswith(b"PK\x03\x04"):
            while piece:
                piece = source.read(PIECE)
            return
        if not allowed.deeper:
            refuse("nested")
        with anonymous_file() as inner:
            inner.write(piece)
            shutil.copyfileobj(source, inner)
            allowed.deeper -= 1
            office_kind(inner, allowed)
            allowed.deeper += 1
