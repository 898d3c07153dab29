"""One way to make two spellings of the same text equal: width, case, invisible signs, traditional characters, accents.

Everything here is for *keys* that are compared, never for text that is shown.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_SPACE = re.compile(r"\s+")
_HAN = re.compile(f"[{HAN}]")
_BARE = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
    }
)


@cache
def simplified_table() -> dict[int, str]:
    """Traditional character (code point) to simplified one: 2,956 pairs of OpenCC, read once."""
    lines = Path(__file__).with_name("simplified.txt").read_text("utf-8").splitlines()
    pairs = [line for line in lines if not line.startswith("#")]
    return {
        ord(a): b
        for old, new in zip(pairs[::2], pairs[1::2], strict=True)
        for a, b in zip(old, new, strict=True)
    }


def has_han(text: str) -> bool:
    """Whether a Chinese character occurs."""
    return bool(_HAN.search(text))


def clean(text: str) -> str:
    """Text without control and zero-width signs, runs of white space as one blank, none at the ends."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()


def fold(text: str) -> str:
    """Clean text with width (NFKC) and case folded and traditional characters made simplified; accents stay."""
    text = clean(text)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    return _SPACE.sub(" ", text.translate(simplified_table())).strip()


def bare(text: str) -> str:
    """Folded Latin text without accents: `Müller` and `Muller` are equal (`Mueller` is not)."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.translate(_BARE))
    return unicodedata.normalize(
        "NFC", "".join(c for c in apart if not unicodedata.combining(c) or c in "\u3099\u309a")
    )
