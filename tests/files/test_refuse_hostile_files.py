"""What is not taken is told by its reason, and nothing of it is kept: no row, no event, no byte in the store."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from contacts.models import Customer
from salesflow.files.content import office
from salesflow.files.models import Attachment, StoredFile
from salesflow.journal.models import Event
from tests.api.conftest import Caller, codes
from tests.files import samples
from tests.files.conftest import send, stored

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Types xmlns="t">&b;</Types>'


def lying_about_its_size() -> bytes:
    """A part that unpacks to more than the archive says."""
    data = bytearray(samples.office(**{"word/big.xml": b"a" * 100_000}))
    real, told = (100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    return bytes(data.replace(real, told))


def overlapping() -> bytes:
    """Many entries of the directory that unpack the same bytes (the better zip bomb)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in samples.office_parts().items():
            made.writestr(name, content)
        made.writestr("word/media/a.bin", os.urandom(2000))
        one = made.getinfo("word/media/a.bin")
        for number in range(20):
            again = zipfile.ZipInfo(f"word/media/{number}.bin")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(again, name, getattr(one, name))
            made.filelist.append(again)
            made.NameToInfo[again.filename] = again
    return out.getvalue()


REFUSED = {
    "nothing at all": (b"", "empty"),
    "a program": (samples.PROGRAM, "executable"),
    "a program of Linux": (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "executable"),
    "a class of Java": (b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0" * 60, "executable"),
    "a shell script": (b"#!/bin/sh\nrm -rf /\n", "executable"),
    "a batch file": (b"@ECHO OFF\r\ndel *.*\r\n", "executable"),
    "PHP": (b"<?php system($_GET['c']);", "executable"),
    "a page": (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "html"),
    "a page behind blanks and comments": (b"\n <!-- a -->\n<!-- b --> <ScRiPt>alert(1)</script>", "html"),
    "a page in UTF-16": ("<html><body>".encode("utf-16"), "html"),
    "a page behind a mark of order": ("\ufeff<html>".encode(), "html"),
    "SVG with a script": (SVG, "svg"),
    "SVG behind its declaration": (b'<?xml version="1.0"?>\n<!DOCTYPE svg>' + SVG, "svg"),
    "XML": (b'<?xml version="1.0"?><x/>', "unknown_type"),
    "RTF": (b"{\\rtf1 hello}", "unknown_type"),
    "an archive": (samples.archive({"a.txt": b"hello"}), "archive"),
    "an empty archive": (samples.archive({}), "archive"),
    "a gzip": (b"\x1f\x8b\x08\0" + b"\0" * 40, "archive"),
    "a RAR": (b"Rar!\x1a\x07\x01\0" + b"\0" * 40, "archive"),
    "a 7z": (b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 40, "archive"),
    "an old Word file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_office"),
    "HEIC": (samples.box(b"ftyp", b"heic\0\0\0\0mif1heic") + b"\0" * 40, "heic"),
    "a video": (samples.mp4(b"soun", b"vide", brand=b"mp42"), "video"),
    "a video of the web": (b"\x1aE\xdf\xa3\x01\0\0\0" + b"\0" * 40, "video"),
    "an MP4 without tracks": (samples.mp4(), "unknown_type"),
    "a tag without music": (b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 200, "unknown_type"),
    "noise": (bytes(range(1, 256)) * 4, "unknown_type"),
    "text with a null": (b"hello\0world", "unknown_type"),
    "broken UTF-16": (b"\xff\xfeh\0\x00\xd8!\0", "unknown_type"),
    "a picture only by its beginning": (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "unreadable"),
    "a picture cut off": (samples.picture("JPEG", (400, 400))[:-400], "unreadable"),
    "one kind with the beginning of another": (b"\xff\xd8\xff" + samples.picture("PNG")[3:], "unreadable"),
    "a PDF only by its beginning": (b"%PDF-1.7\n<script>alert(1)</script>", "unreadable"),
    "a PDF that is an archive too": (samples.pdf() + samples.archive({"a.exe": b"MZ"}), "polyglot"),
    "an archive inside a PDF": (samples.pdf(extra=samples.archive({"a": b"b"}, comment=b"%%EOF")), "polyglot"),
    "music that is an archive too": (samples.mp3() + samples.archive({"a.class": b"x"}), "polyglot"),
    "office with macros": (samples.office(**{"word/vbaProject.bin": b"x"}), "macros"),
    "office that says it has macros": (
        samples.archive(samples.office_parts(types='<Default Extension="x" ContentType="application/vnd.ms-word'
                                                   '.document.macroEnabled.main+xml"/>')), "macros"),
    "OpenDocument with macros": (samples.open_document(**{"Basic/Standard/Module1.xml": b"<x/>"}), "macros"),
    "office with a program in it": (samples.office(**{"word/media/a.png": samples.PROGRAM}), "executable"),
    "office with an archive in it": (samples.office(**{"word/a.bin": samples.archive({"a": b"b"})}), "archive"),
    "office in office in office": (
        samples.office(**{"word/embeddings/1.docx": samples.office(**{"word/embeddings/2.docx": samples.office()})}),
        "nested"),
    "an XML bomb": (samples.archive({**samples.office_parts(), "[Content_Types].xml": BOMB}), "unreadable"),
    "a part that leads out": (samples.office(**{"../../evil.sh": b"x"}), "unreadable"),
    "a part named twice": (samples.office(**{"word/DOCUMENT.xml": b"x"}), "unreadable"),
    "packed in another way": (samples.archive(samples.office_parts(), method=zipfile.ZIP_LZMA), "unreadable"),
    "a comment behind it": (samples.archive(samples.office_parts(), comment=b"hidden"), "unreadable"),
    "cut off": (samples.office()[:-10], "unreadable"),
    "unpacks to more than it says": (lying_about_its_size(), "unreadable"),
    "unpacks the same bytes again and again": (overlapping(), "zip_bomb"),
    "unpacks out of proportion": (samples.office(**{"word/big.xml": b"\0" * (64 << 20)}), "zip_bomb"),
    "too many parts": (samples.office(**{f"word/{n}.xml": b"" for n in range(office.MOST_PARTS)}), "zip_bomb"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_for_its_reason_and_leaves_nothing(attach: Attach, folder: Path, what: str) -> None:
    content, code = REFUSED[what]
    events = Event.objects.count()
    with pytest.raises(ValidationError) as refused:
        attach(content, "harmless.pdf")
    assert [error.code for error in refused.value.error_dict["file"]] == [code]
    assert (Attachment.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert Event.objects.count() == events
    assert stored(folder) == []


def test_over_rest_the_reason_is_told_with_its_code(call: Callable[..., Caller], customer: Customer) -> None:
    answer = send(call("alice"), customer, SVG, "logo.png", content_type="image/png")
    assert (answer.status_code, codes(answer)) == (400, [("file", "svg")])
    assert "Save it as PNG." in answer.json()["detail"]
    assert send(call("alice"), customer, samples.picture(), "logo.png").status_code == 201


def test_what_unpacks_large_is_taken_within_the_bounds(attach: Attach) -> None:
    """The bounds refuse bombs, not workbooks: the positive case of the negative ones above."""
    attach(samples.office("xlsx", **{"xl/worksheets/sheet1.xml": b"<c>1</c>" * 500_000}), "a.xlsx")
    attach(samples.office(**{"word/embeddings/1.xlsx": samples.office("xlsx")}), "b.docx")
    assert Attachment.objects.count() == 2


def test_what_hides_in_several_files_counts_together(attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = samples.office("xlsx", **{"xl/a.xml": os.urandom(1000) + b"\0" * 9000})
    outer = samples.office(**{f"word/embeddings/{n}.xlsx": inner for n in range(5)})
    monkeypatch.setattr(
        office._Allowed, "__init__", lambda self: self.__dict__.update(unpacked=60_000, deeper=1)
    )
    attach(outer, "a.docx")
    monkeypatch.setattr(
        office._Allowed, "__init__", lambda self: self.__dict__.update(unpacked=40_000, deeper=1)
    )
    with pytest.raises(ValidationError, match="unpack"):
        attach(outer, "b.docx")


@pytest.mark.parametrize("junk", [b"<html>hello</html>", b"just text", os.urandom(300)])
def test_what_stands_behind_a_picture_is_gone(attach: Attach, folder: Path, junk: bytes) -> None:
    """A picture is made anew from its pixels: an archive or a page glued to it does not come along."""
    hidden = samples.archive({"evil.exe": samples.PROGRAM}) + junk
    attachment = attach(samples.picture("GIF") + hidden, "a.gif")
    kept = (Path(folder) / attachment.file.path).read_bytes()
    assert b"evil.exe" not in kept and junk not in kept
    assert not zipfile.is_zipfile(io.BytesIO(kept))
    assert samples.opened(kept).size == (40, 30)


def test_no_input_makes_a_fault(call: Callable[..., Caller], customer: Customer, folder: Path) -> None:
    """Every sample with bytes changed, cut and turned: 201 or a 400 that says why."""
    import random

    chance = random.Random(4711)
    alice = call("alice")
    seen: dict[int, int] = {}
    bases: list[Any] = [
        samples.office(),
        samples.pdf(),
        samples.picture("GIF"),
        samples.mp3(),
        samples.mp4(b"soun"),
    ]
    for base in bases:
        for _turn in range(6):
            data = bytearray(base)
            for _change in range(chance.randint(1, 12)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            answer = send(alice, customer, bytes(data[: chance.randint(len(data) // 2, len(data))]))
            assert answer.status_code in (201, 400), answer.content
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    assert seen.get(400)
    assert len(stored(folder)) == sum(3 if file.has_picture else 1 for file in StoredFile.objects.all())
