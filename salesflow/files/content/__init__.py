"""What a file is, by its content alone: its name and the type its sender declares are not believed.

The table of beginnings is our own: the kinds taken are few, and each needs more than its first bytes to be believed.
"""

from typing import IO, NoReturn

from salesflow.files.content.audio import is_mp3, is_wav, mp4_tracks
from salesflow.files.content.kinds import KINDS, Kind
from salesflow.files.content.office import is_archive, office_kind
from salesflow.files.content.refusals import refuse
from salesflow.files.content.text import text_kind

_HEAD = 64
_PICTURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe", b"\x00asm", b"dex\n", b"L\x00\x00\x00\x01\x14\x02\x00", b"!<arch>",
)  # fmt: skip
_ARCHIVES = (
    b"PK\x05\x06", b"PK\x07\x08", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"MSCF",
    b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x1f\x9d",
)  # fmt: skip
_VIDEOS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba", b"0&\xb2u\x8ef\xcf\x11")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIF_BRANDS = (b"hei", b"hev", b"mif", b"msf", b"avi")


def kind_of(file: IO[bytes], name: str) -> Kind:
    """The kind of this file; a refusal (ValidationError) for what is not taken. The name decides among plain texts."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        refuse("empty")
    kind = _begins_like(file, head) or text_kind(file, name)
    if kind is None:
        _say_why_not(head)
    return kind


def _begins_like(file: IO[bytes], head: bytes) -> Kind | None:
    for begin, code in _PICTURES:
        if head.startswith(begin):
            return KINDS[code]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return KINDS["webp"]
    if head.startswith(b"PK\x03\x04"):
        return office_kind(file)
    kind = _single(file, head)
    if kind is not None and is_archive(file):
        refuse("polyglot")
    return kind


def _single(file: IO[bytes], head: bytes) -> Kind | None:
    """Kinds that are no archives, and must not end like one."""
    if head.startswith((b"%PDF-1.", b"%PDF-2.")):
        return KINDS["pdf"]
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE" and is_wav(file):
        return KINDS["wav"]
    if head[4:8] == b"ftyp":
        return _mp4(file, head)
    if head.startswith((b"ID3", b"\xff")) and is_mp3(file):
        return KINDS["mp3"]
    return None


def _mp4(file: IO[bytes], head: bytes) -> Kind | None:
    if head[8:11] in _HEIF_BRANDS:
        refuse("heic")
    tracks = mp4_tracks(file)
    if b"vide" in tracks:
        refuse("video")
    return KINDS["m4a"] if b"soun" in tracks else None


def _say_why_not(head: bytes) -> NoReturn:
    if head.startswith(_PROGRAMS):
        refuse("executable")
    if head.startswith(_ARCHIVES):
        refuse("archive")
    if head.startswith(_VIDEOS):
        refuse("video")
    if head.startswith(_OLE):
        refuse("old_office")
    refuse("unknown_type")
