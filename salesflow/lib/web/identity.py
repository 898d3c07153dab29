"""Initials and hues: how a person or a company without a picture is told apart at a glance."""

import re
import unicodedata
from zlib import crc32

#: As many as there are classes in static/css/avatars.css.
HUES = 24
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def hue(name: str) -> int:
    """The same name has the same hue everywhere and always."""
    return crc32(name.strip().casefold().encode("utf-8", "surrogatepass")) % HUES


def initials(name: str) -> str:
    """One Chinese character, or two letters: of the first two words, else the word's first two."""
    name = name.strip()
    if name and _HAN.match(name):
        return name[0]
    words = [word for part in name.split() if (word := _letters(part))]
    if not words:
        return name[:1] or "?"
    if len(words) == 1:
        return words[0][:2].upper()
    return (words[0][0] + words[1][0]).upper()


def is_han(name: str) -> bool:
    return bool(_HAN.match(name.strip()))


def _letters(word: str) -> str:
    return "".join(char for char in word if unicodedata.category(char)[0] in "LN")
