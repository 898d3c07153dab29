"""From the lines of a file to the properties of its cards, undecoded: folded lines joined, soft breaks closed.

Only one card is held at a time, and of one beyond the bounds nothing but the fault; whatever stands between cards is
read over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .faults import Fault

MOST_BYTES = 4_000_000
"""Of one card, its pictures included."""
MOST_PROPERTIES = 1000
RAW_KEPT = 10_000
_BEGIN = re.compile(rb"\s*BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
_END = re.compile(rb"\s*END\s*:\s*VCARD\s*$", re.IGNORECASE)
_NAME = re.compile(r"(?:[A-Za-z0-9_-]+\.)*([A-Za-z0-9_-]+)\Z")
_QUOTED = re.compile(rb'"[^"]*"')
_ENCODINGS = {"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"}


@dataclass(slots=True)
class Property:
    """One entry: its name in capitals without its group, the parameters in capitals, and the value as it stood."""

    name: str
    params: dict[str, list[str]]
    value: bytes = b""
    #: The lines it stands on while it is being read.
    pieces: list[bytes] = field(default_factory=list)

    @property
    def encoding(self) -> str:
        """`QUOTED-PRINTABLE`, `BASE64` or nothing."""
        named = self.params.get("ENCODING", [""])[0]
        return "BASE64" if named == "B" else named if named in ("QUOTED-PRINTABLE", "BASE64") else ""

    @property
    def charset(self) -> str:
        return self.params.get("CHARSET", [""])[0]

    @property
    def types(self) -> set[str]:
        return set(self.params.get("TYPE", ()))

    @property
    def rank(self) -> int:
        """How much it is preferred: 1 first, 100 where nothing is said."""
        if "PREF" in self.types:
            return 1
        named = self.params.get("PREF", ["100"])[0]
        return int(named) if named.isascii() and named.isdigit() and len(named) < 4 else 100


@dataclass(slots=True)
class RawCard:
    """A card as it stood in the file: `number` from 1, its version, its entries; or the fault it was given up for."""

    number: int
    version: str = ""
    properties: list[Property] = field(default_factory=list)
    fault: Fault | None = None
    raw: bytes = b""
    size: int = 0
    #: How deep we are in cards within this one (the AGENT of 2.1), which are read over.
    depth: int = 0

    def give_up(self, code: str, **params: int) -> None:
        self.fault = self.fault or Fault(code, params)
        self.properties = []


def raw_cards(lines: Iterable[bytes]) -> Iterator[RawCard]:
    """The cards of a file, one after the other."""
    walk = _Walk()
    for whole in lines:
        for line in whole.rstrip(b"\r\n").split(b"\r"):
            if card := walk.take(line):
                yield card
    if walk.card is not None:
        walk.card.give_up("card_not_closed")
        yield walk.card


class _Walk:
    """Goes from line to line; holds the card it is in and the entry that may go on."""

    def __init__(self) -> None:
        self.number = 0
        self.card: RawCard | None = None
        self.entry: Property | None = None

    def take(self, line: bytes) -> RawCard | None:
        """Take a line; gives the card that ends with it."""
        begins, card = _BEGIN.match(line), self.card
        if card is None:
            if begins:
                self._begin(line)
            return None
        _measure(card, line)
        if self.entry is not None and _goes_on(self.entry, line, card):
            return None
        ends = _END.match(line)
        if card.depth or (begins and self.entry is not None and self.entry.name == "AGENT"):
            card.depth += 1 if begins else -1 if ends else 0
            return None
        _close(self.entry, card)
        self.entry = None
        if begins:
            card.give_up("card_not_closed")
            self._begin(line)
        elif ends:
            self.card = None
        elif card.fault is None:
            self.entry = _entry(line)
        return card if begins or ends else None

    def _begin(self, line: bytes) -> None:
        self.number += 1
        self.card, self.entry = RawCard(self.number, raw=line + b"\n"), None


def _measure(card: RawCard, line: bytes) -> None:
    card.size += len(line) + 1
    if len(card.raw) < RAW_KEPT:
        card.raw += line[:RAW_KEPT] + b"\n"
    if card.size > MOST_BYTES:
        card.give_up("card_too_large", limit=MOST_BYTES // 1_000_000)


def _goes_on(entry: Property, line: bytes, card: RawCard) -> bool:
    """Whether this line is more of the entry before it; then it is taken in."""
    if card.fault is not None:
        return False
    if entry.encoding == "QUOTED-PRINTABLE" and entry.pieces[-1].endswith(b"=") and not _END.match(line):
        entry.pieces[-1] = entry.pieces[-1][:-1]
        entry.pieces.append(line)
        return True
    folded = line[:1] in (b" ", b"\t")
    if entry.encoding == "BASE64" and line.strip() and (folded or b":" not in line):
        entry.pieces.append(line.strip())  # some phones forget to fold it
        return True
    if not folded or not line.strip():
        return False
    entry.pieces.append(line if card.version == "2.1" else line[1:])
    return True


def _close(entry: Property | None, card: RawCard) -> None:
    """Put an entry that goes on no more into its card."""
    if entry is None or card.fault is not None:
        return
    entry.value = b"".join(entry.pieces).strip()
    entry.pieces = []
    if entry.name == "VERSION":
        card.version = entry.value.decode("ascii", "replace")
    elif len(card.properties) >= MOST_PROPERTIES:
        card.give_up("card_too_many_properties", limit=MOST_PROPERTIES)
    else:
        card.properties.append(entry)


def _entry(line: bytes) -> Property | None:
    """The entry that begins on this line; None where it is none."""
    # a colon or semicolon in quotation marks parts nothing
    plain = _QUOTED.sub(lambda found: b"_" * len(found[0]), line) if b'"' in line else line
    colon = plain.find(b":")
    if colon < 0:
        return None
    places = [at for at, sign in enumerate(plain[:colon]) if sign == 0x3B]
    parts = [line[a:b] for a, b in zip([0, *(at + 1 for at in places)], [*places, colon], strict=True)]
    name, *params = (part.decode("utf-8", "replace").strip() for part in parts)
    known = _NAME.match(name)
    if known is None:
        return None
    return Property(known[1].upper(), _params(params), pieces=[line[colon + 1 :]])


def _params(parts: list[str]) -> dict[str, list[str]]:
    """`TYPE=work,voice`, `TYPE="work,voice"` and the bare `WORK;VOICE` of 2.1 are the same."""
    params: dict[str, list[str]] = {}
    for part in parts:
        key, equals, text = part.upper().partition("=")
        if not equals:
            key, text = ("ENCODING" if key.strip() in _ENCODINGS else "TYPE"), key
        values = [value.strip() for value in text.replace('"', "").split(",")]
        params.setdefault(key.strip(), []).extend(value for value in values if value)
    return {key: values for key, values in params.items() if values}
