"""Whether a file is text, and what the text is."""

import codecs
import re
from typing import IO

from salesflow.files.content.kinds import KINDS, Kind
from salesflow.files.content.refusals import refuse

PIECE = 1 << 16
HEAD = 8192
#: The bytes that no text has in any encoding that keeps ASCII (WHATWG MIME Sniffing, 3).
_BINARY = bytes({*range(0x20)} - {0x09, 0x0A, 0x0C, 0x0D, 0x1B})
_NOT_BINARY = bytes({*range(256)} - {*_BINARY})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_COMMENTS = re.compile(r"\s*(?:<!--.*?-->\s*)*", re.DOTALL)
_PAGE = re.compile(
    r"<(?:!doctype\s+html|(?:html|head|script|iframe|h[1-6]|div|font|table|a|style|title|b|body|br|p|meta|link|img"
    r"|base|form|object|embed)[\s/>])"
)
_SCRIPT = re.compile(r"#!|<\?php|<%|%!ps|@echo\s+off|<job[\s>]|<package[\s>]")
_HEADER = re.compile(r"([!-9;-~]+):|[ \t]")
_OF_A_MAIL = {"to", "subject", "date", "received", "message-id", "mime-version"}


def text_kind(file: IO[bytes], name: str) -> Kind | None:
    """Which kind of text this is; None if it is none. Refuses markup that may hold scripts."""
    head = _head(file)
    if head is None or not _all_text(file):
        return None
    begin = _COMMENTS.sub("", head.lower(), count=1)
    if _SCRIPT.match(begin):
        refuse("executable")
    if begin.startswith("<svg") or (begin.startswith(("<?xml", "<!doctype svg")) and "<svg" in begin):
        refuse("svg")
    if _PAGE.match(begin):
        refuse("html")
    if begin.startswith(("<?xml", "{\\rtf")):
        refuse("unknown_type")
    return _by_content(head) or _by_ending(name)


def _by_content(head: str) -> Kind | None:
    begin = head.lstrip()[:15].upper()
    if begin.startswith("BEGIN:VCARD"):
        return KINDS["vcf"]
    if begin.startswith("BEGIN:VCALENDAR"):
        return KINDS["ics"]
    return KINDS["eml"] if _is_mail(head) else None


def _is_mail(head: str) -> bool:
    """Headers from the first line on, a sender and something else of a message among them."""
    names = set()
    for line in head.splitlines():
        if not line.strip():
            break
        found = _HEADER.match(line)
        if found is None:
            return False
        names.add((found[1] or "").lower())
    return "from" in names and bool(names & _OF_A_MAIL)


def _by_ending(name: str) -> Kind:
    """Plain texts look alike: among them the name may say what it is."""
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind in (KINDS["csv"], KINDS["md"]) if ending in kind.endings), KINDS["txt"])


def _head(file: IO[bytes]) -> str | None:
    """The beginning as text, the same for any encoding as far as ASCII goes; None where it cannot be text."""
    file.seek(0)
    raw = file.read(HEAD)
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", errors="replace").lstrip("\ufeff")
    return raw.removeprefix(codecs.BOM_UTF8).decode("latin-1") if not _has_binary(raw) else None


def _all_text(file: IO[bytes]) -> bool:
    file.seek(0)
    if not file.read(2).startswith(_UTF16):
        file.seek(0)
        return not any(_has_binary(piece) for piece in iter(lambda: file.read(PIECE), b""))
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        pieces = iter(lambda: file.read(PIECE), b"")
        decoded = all(not _CONTROLS.search(decoder.decode(piece)) for piece in pieces)
        return decoded and not decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False


def _has_binary(raw: bytes) -> bool:
    return bool(raw.translate(None, _NOT_BINARY))
