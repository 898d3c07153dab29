"""From a value as it stood to text: quoted-printable or base64 undone, the character set found, escapes taken away."""

import base64
import binascii
import codecs
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from salesflow.lib.tabular.encoding import canonical, codec_of

from .cards import Property
from .faults import Unreadable

_PARTED = re.compile(r"(?<!\\);")
_PARTED_BYTES = re.compile(rb"(?<!\\);")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OTHER_CHARSETS = re.compile(r"iso8859-\d+|cp125\d|koi8-[rut]|mac-\w+|tis-620|ascii")


@dataclass(frozen=True)
class Reader:
    """Reads the values of one file: `default` is the encoding found for it, `chosen` whether a person said so."""

    default: str = "utf-8"
    chosen: bool = False

    def text(self, entry: Property) -> str:
        """The whole value as one text. Raises Unreadable."""
        return _plain(self._decoded(entry, self._bytes(entry)))

    def parts(self, entry: Property) -> list[str]:
        """The parts of a value such as N, ORG and ADR. Raises Unreadable."""
        if entry.encoding == "QUOTED-PRINTABLE":
            pieces = _PARTED_BYTES.split(entry.value)
            return [_plain(self._decoded(entry, binascii.a2b_qp(piece))) for piece in pieces]
        return [_plain(piece) for piece in _PARTED.split(self._decoded(entry, self._bytes(entry)))]

    @staticmethod
    def _bytes(entry: Property) -> bytes:
        if entry.encoding == "QUOTED-PRINTABLE":
            return binascii.a2b_qp(entry.value)
        if entry.encoding == "BASE64":
            found = binary(entry.value)
            if found is None:
                raise Unreadable("card_bad_encoding", property=entry.name)
            return found
        return entry.value

    def _decoded(self, entry: Property, value: bytes) -> str:
        if value.isascii():
            return value.decode()
        named = _codec(entry, self.default)
        for codec in (named, codec_of(self.default) if self.chosen else named):
            try:
                return value.decode(codec)
            except UnicodeDecodeError:
                continue
        shown = (entry.charset or self.default).upper()
        raise Unreadable("card_undecodable", property=entry.name, charset=shown)


def _codec(entry: Property, default: str) -> str:
    """The codec of what an entry names as its character set; without a name that of the file."""
    if not entry.charset:
        return codec_of(default)
    try:
        return codec_of(canonical(entry.charset))
    except (LookupError, ValueError):
        pass
    try:
        known = codecs.lookup(entry.charset).name
        if _OTHER_CHARSETS.fullmatch(known):
            return known
    except (LookupError, ValueError):
        pass
    raise Unreadable("card_unknown_charset", property=entry.name, charset=entry.charset[:40])


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def binary(value: bytes) -> bytes | None:
    """What base64 holds; None where it is none."""
    try:
        return base64.b64decode(b"".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def data_uri(value: bytes) -> bytes | None:
    """What a `data:` address holds; None for another address, which is never asked for."""
    head, comma, body = value.partition(b",")
    if not comma or not head.lower().startswith(b"data:"):
        return None
    return binary(unquote_to_bytes(body)) if head.lower().endswith(b";base64") else unquote_to_bytes(body)
