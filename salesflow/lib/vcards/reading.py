"""From the entries of a card to what a lead can hold of them; what is left over is named."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from salesflow.lib.tabular.encoding import detect_encoding
from salesflow.lib.text.fold import has_han

from . import mecard
from .cards import Property, RawCard, raw_cards
from .faults import Fault, Unreadable
from .values import Reader, binary, data_uri

#: What is read of a card, in this order; also the columns of a file of cards.
COLUMNS = ("name", "company", "department", "title", "mobile", "phone", "email", "website", "country", "region", "city",
           "address", "note")  # fmt: skip
#: Entries that say nothing of a person one may sell to, and are passed over in silence.
_SILENT = {"BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "SOURCE", "KIND", "CLASS", "SORT-STRING", "LABEL",
           "FN", "N"}  # fmt: skip
_LINES = (
    "name",
    "company",
    "department",
    "title",
    "mobile",
    "phone",
    "email",
    "website",
    "country",
    "region",
    "city",
)
_CN_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_MOBILE = {"CELL", "MOBILE", "IPHONE"}
_NO_VOICE = {"FAX", "PAGER", "MODEM", "BBS", "TELEX", "X-FAX"}
_BEGINS = re.compile(rb"BEGIN\s*:\s*VCARD\s*[\r\n]", re.IGNORECASE)
_FOLD = re.compile(rb"\r?\n[ \t]")
_MARKS = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\s]*")


@dataclass(slots=True)
class Card:
    """One card: `values` by the names of `COLUMNS`, what is empty left out; or the fault it cannot be taken for.

    `ignored` names the entries that were read over, `photo` is the picture that stood in it, unlooked at.
    """

    number: int
    values: dict[str, str] = field(default_factory=dict)
    photo: bytes | None = None
    ignored: list[str] = field(default_factory=list)
    fault: Fault | None = None
    raw: bytes = b""


def is_cards(head: bytes) -> bool:
    """Whether a file that begins so holds vCards, in any of our encodings."""
    return bool(_BEGINS.match(_MARKS.sub(b"", head, count=1).replace(b"\x00", b"")))


def encoding_of(sample: bytes) -> str:
    """The encoding of a file of cards: lines may be folded within a character."""
    return detect_encoding(_FOLD.sub(b"", sample))


def cards_in(lines: Iterable[bytes], reader: Reader) -> Iterator[Card]:
    """The cards of a file, whose lines are in the encoding that `reader` names, or in UTF-8."""
    for raw in raw_cards(lines):
        yield _read(raw, reader)


def card_of(content: bytes) -> tuple[Card | None, int]:
    """The first card of a text and how many it holds; None and 0 for what is no card. MECARD is one card."""
    encoding = encoding_of(content)
    if encoding.startswith("utf-") and encoding != "utf-8":
        content, encoding = content.decode(encoding, "replace").encode(), "utf-8"
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if content[:7].upper() == b"MECARD:":
        return _read(mecard.raw_card(content), Reader()), 1
    first, number = None, 0
    for raw in raw_cards(content.splitlines()):
        first = first or raw
        number += 1
    return (_read(first, Reader(encoding)) if first else None), number


def _read(raw: RawCard, reader: Reader) -> Card:
    card = Card(raw.number, fault=raw.fault, raw=raw.raw)
    if raw.fault is None:
        try:
            _Reading(raw, card, reader).run()
        except Unreadable as unreadable:
            card.fault = unreadable.fault
            card.values, card.photo = {}, None
    return card


class _Reading:
    """Takes the entries of one card, the preferred ones first."""

    def __init__(self, raw: RawCard, card: Card, reader: Reader) -> None:
        self.card, self.reader = card, reader
        self.by_name: dict[str, list[Property]] = {}
        for entry in sorted(raw.properties, key=lambda entry: entry.rank):
            self.by_name.setdefault(entry.name, []).append(entry)

    def run(self) -> None:
        takers: dict[str, Callable[[list[Property]], None]] = {
            "ORG": self._org, "TITLE": self._first_to("title"), "ROLE": self._first_to("title"), "TEL": self._tel,
            "EMAIL": self._email, "URL": self._first_to("website"), "ADR": self._adr, "NOTE": self._note,
            "PHOTO": self._photo,
        }  # fmt: skip
        self._name()
        for name, take in takers.items():
            if name in self.by_name:
                take(self.by_name[name])
        known = _SILENT | set(takers)
        self.card.ignored = [*self.card.ignored, *(name for name in self.by_name if name not in known)]

    def _put(self, column: str, text: str) -> bool:
        text = " ".join(text.split()) if column in _LINES else text.strip()
        if not text or column in self.card.values:
            return False
        self.card.values[column] = text
        return True

    def _first_to(self, column: str) -> Callable[[list[Property]], None]:
        def take(entries: list[Property]) -> None:
            for entry in sorted(entries, key=_at_work):
                self._put(column, self.reader.text(entry))

        return take

    def _name(self) -> None:
        """FN, or the parts of N: of a Chinese name the surname first and nothing between."""
        formatted = self.reader.text(self.by_name["FN"][0]) if "FN" in self.by_name else ""
        parts = self.reader.parts(self.by_name["N"][0]) if "N" in self.by_name else []
        family, given, additional, prefix, suffix = (*parts, "", "", "", "", "")[:5]
        whole = f"{family}{additional}{given}"
        apart = " " in formatted or not formatted
        if has_han(family) and has_han(given) and apart and (not formatted or _same(formatted, whole)):
            formatted = whole
        self._put("name", formatted or " ".join(filter(None, [prefix, given, additional, family, suffix])))

    def _org(self, entries: list[Property]) -> None:
        company, *units = [part for part in self.reader.parts(entries[0]) if part] or [""]
        self._put("company", company)
        self._put("department", ", ".join(units))

    def _tel(self, entries: list[Property]) -> None:
        """Numbers one can ring: mobile ones and others, those at work before those at home."""
        for entry in sorted(entries, key=_at_work):
            number = _number(self.reader.text(entry))
            if entry.types & _NO_VOICE:
                self._over(f"TEL ({min(entry.types & _NO_VOICE)})")
                continue
            mobile = entry.types & _MOBILE or _CN_MOBILE.fullmatch(re.sub(r"[\s()-]", "", number))
            taken = (mobile and self._put("mobile", number)) or self._put("phone", number)
            if number and not taken:
                self._over("TEL")

    def _email(self, entries: list[Property]) -> None:
        for entry in sorted(entries, key=_at_work):
            text = self.reader.text(entry).removeprefix("mailto:")
            if "X400" in entry.types or not self._put("email", text):
                self._over("EMAIL")

    def _adr(self, entries: list[Property]) -> None:
        first, *others = sorted(entries, key=_at_work)
        box, more, street, city, region, code, country = (*self.reader.parts(first), *[""] * 7)[:7]
        for column, text in (("city", city), ("region", region), ("country", country)):
            self._put(column, text)
        self._put("address", ", ".join(" ".join(part.split()) for part in (street, more, box, code) if part))
        for _other in others:
            self._over("ADR")

    def _note(self, entries: list[Property]) -> None:
        self._put("note", "\n".join(filter(None, (self.reader.text(entry) for entry in entries))))

    def _photo(self, entries: list[Property]) -> None:
        """The first picture that stands in the card itself; an address is never asked for one."""
        for entry in entries:
            found = binary(entry.value) if entry.encoding == "BASE64" else data_uri(entry.value)
            if found and self.card.photo is None:
                self.card.photo = found
            else:
                self._over("PHOTO")

    def _over(self, name: str) -> None:
        if name not in self.card.ignored:
            self.card.ignored.append(name)


def _at_work(entry: Property) -> tuple[int, bool]:
    """What comes first: the preferred, then what is not at home."""
    return entry.rank, "HOME" in entry.types


def _same(formatted: str, whole: str) -> bool:
    """Whether both are written with the same characters, in whatever order."""
    return sorted("".join(formatted.split())) == sorted(whole)


def _number(text: str) -> str:
    """A telephone number as people write it: `tel:+1-418;ext=102` is +1-418 x102."""
    text = text.removeprefix("tel:")
    number, *params = text.split(";")
    extension = next((each[4:] for each in params if each.lower().startswith("ext=")), "")
    return f"{number} x{extension}" if extension else number
