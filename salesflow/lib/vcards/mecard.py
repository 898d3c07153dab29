"""The MECARD of QR codes: `MECARD:N:Owen,Sean;TEL:+12125551212;;`, made into the entries of a card."""

import re

from .cards import MOST_BYTES, MOST_PROPERTIES, RAW_KEPT, Property, RawCard

_FIELDS = re.compile(rb"((?:[^;\\]|\\.)*);", re.DOTALL)
_PARTED = re.compile(rb"(?<!\\),")
_NAMES = {b"TEL-AV": b"TEL", b"MEMO": b"NOTE"}


def raw_card(content: bytes) -> RawCard:
    """The card a MECARD is; its name comes as `family,given`."""
    card = RawCard(1, raw=content[:RAW_KEPT])
    if len(content) > MOST_BYTES:
        card.give_up("card_too_large", limit=MOST_BYTES // 1_000_000)
        return card
    for whole in _FIELDS.findall(content.strip()[7:].rstrip(b"\\") + b";")[:MOST_PROPERTIES]:
        name, colon, value = whole.partition(b":")
        name = name.strip().upper()
        if not colon or not name or not value.strip():
            continue
        name = _NAMES.get(name, name)
        if name == b"N":
            value = b";".join(_PARTED.split(value))
        elif name == b"ADR":
            value = b";;" + value  # all of it is the street
        card.properties.append(Property(name.decode("ascii", "replace"), {}, value.strip()))
    return card
