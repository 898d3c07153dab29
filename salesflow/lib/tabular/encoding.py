"""Which encoding a text file is in: decided by fixed rules, the same answer every time.

1. A byte order mark decides.
2. Many NUL bytes, all on even or all on odd places: UTF-16 without a mark.
3. Valid UTF-8 (a few broken bytes among many good ones do not change that): UTF-8.
4. Otherwise each legacy encoding reads the text and the most plausible reading wins: frequent characters count for
   it; rare ones, unassigned ones and broken bytes against it. GB18030 text also decodes as Big5, and the other way
   round, without any error, but gives rare characters. GBK and GB2312 are read as GB18030, which contains them.

The user can always say it himself; the guess is only where the import begins.
"""

import codecs
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from salesflow.lib.text.fold import simplified_table

SAMPLE_BYTES = 256 * 1024
ENCODINGS = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-kr",
    "cp949",
    "cp1252",
)
"""What may be chosen; `utf-16` and Python's other names for these are understood too."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Reading happens with the widest superset of each family.
_CODECS = {
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "cp949": "cp949",
    "cp1252": "cp1252",
}
_GROUPS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "cp950": "big5",
    "big5hkscs": "big5",
} | {
    "cp932": "shift_jis",
    "shift_jisx0213": "shift_jis",
    "euc_kr": "euc-kr",
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "iso8859-1": "cp1252",
}
_HIGH = re.compile(rb"[\x80-\xff]+")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_WEIGHED_BYTES = 64 * 1024
_ERROR = -6.0
_PRIOR = {"gb18030": 0.5}  # of two equally plausible readings of a few characters, the one users here mean


def canonical(name: str) -> str:
    """One of `ENCODINGS` for any usual spelling (`GBK`, `utf8`, `Big-5`); LookupError if we do not read it."""
    known = codecs.lookup(name.strip().replace(" ", "")).name
    known = _GROUPS.get(known, known)
    if known not in ENCODINGS:
        raise LookupError(name)
    return known


def codec_of(encoding: str) -> str:
    """The Python codec that reads one of `ENCODINGS`."""
    return _CODECS.get(encoding, encoding)


def sample_of(path: str | Path) -> bytes:
    """What the guess is made from: the head of the file, and of what follows the lines that are not ASCII.

    A file whose first non-ASCII name stands in the hundred-thousandth line is still guessed right.
    """
    with Path(path).open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        found = [head]
        room = SAMPLE_BYTES
        while room > 0 and (chunk := file.read(1 << 18) + file.readline(1 << 16)):
            if not chunk.isascii():
                telling = b"".join(line for line in chunk.splitlines(keepends=True) if not line.isascii())[
                    :room
                ]
                found.append(b"\n" + telling)
                room -= len(telling)
    return b"".join(found)


def detect_encoding(sample: bytes) -> str:
    """One of `ENCODINGS` for the head of a file (or what `sample_of` collected). Pure ASCII is UTF-8."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if sample.isascii() and b"\x00" not in sample:
        return "utf-8"
    if wide := _utf16(sample):
        return wide
    if _is_utf8(sample):
        return "utf-8"
    best = max(_CODECS, key=lambda encoding: _plausibility(sample, encoding) + _PRIOR.get(encoding, 0))
    return "euc-kr" if best == "cp949" and _decodes(sample, "euc-kr") else best


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark: blanks, digits, commas and line ends leave NUL bytes on one side only.

    A few of them in what is ASCII otherwise are faults in the file: in UTF-16 each second byte would be one.
    """
    nuls = (sample[0::2].count(0), sample[1::2].count(0))
    if sample.isascii() and sum(nuls) < len(sample) * 0.3:
        return None
    if sum(nuls) < len(sample) * 0.02 or min(nuls) > sum(nuls) * 0.3:  # 一 is U+4E00: a NUL on the other side
        return None
    encoding = "utf-16-be" if nuls[0] > nuls[1] else "utf-16-le"
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    return encoding if text.count("\ufffd") <= len(text) * 0.01 else None


def _is_utf8(sample: bytes) -> bool:
    """Valid, but for a character cut at the end of the sample; or long and broken in few places only."""
    good = sum(len(match) for match in _UTF8_SEQUENCE.findall(sample))
    high = sum(len(match) for match in _HIGH.findall(sample))
    broken = high - good
    cut = len(sample) >= SAMPLE_BYTES and broken <= 3
    return broken == 0 or cut or (good > 60 and broken <= good * 0.1)


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common.txt").read_text("utf-8").splitlines()
    simple = frozenset("".join(line for line in lines if not line.startswith("#")))
    return simple | {chr(old) for old, new in simplified_table().items() if new in simple}


def _plausibility(sample: bytes, encoding: str) -> float:
    """Mean weight of the non-ASCII characters an encoding reads out of the sample; broken bytes weigh most."""
    lines = b"\n".join(line for line in sample.splitlines() if not line.isascii())
    text = lines[:_WEIGHED_BYTES].decode(codec_of(encoding), "replace")
    weigh = _WEIGHTS[encoding]
    weights = [
        _ERROR if char == "\ufffd" else weigh(char, text[max(0, at - 1) : at] + text[at + 1 : at + 2])
        for at, char in enumerate(text)
        if char >= "\x80"
    ]
    return sum(weights) / len(weights) if weights else _ERROR


@cache
def _chinese(char: str) -> float:
    """Weight of one character in Chinese text."""
    if char in _common():
        return 3.0
    code = ord(char)
    if 0x3000 <= code <= 0x303F or 0xFF01 <= code <= 0xFF5E or char in "“”‘’—…·":
        return 1.0
    if 0xE000 <= code <= 0xF8FF:
        return -4.0
    if not 0x4E00 <= code <= 0x9FFF:
        return -2.0
    return 1.0 if _first_level(char) else -1.0


def _first_level(char: str) -> bool:
    """Among the everyday characters of GB2312 (level 1) or of Big5 (level 1)."""
    for codec, low, high in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if low <= char.encode(codec)[0] <= high:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _gb(char: str, beside: str) -> float:
    return _chinese(char)


def _big5(char: str, beside: str) -> float:
    return -2.0 if ord(char) > 0xFFFF else _chinese(char)


def _japanese(char: str, beside: str) -> float:
    code = ord(char)
    if 0x3041 <= code <= 0x30FF:
        return 3.0
    if 0xFF61 <= code <= 0xFF9F:  # half-width kana: what Chinese bytes look like when read as Shift-JIS
        return -1.0
    return min(_chinese(char), 2.0)


def _korean(char: str, beside: str) -> float:
    if 0xAC00 <= ord(char) <= 0xD7A3:
        return 2.5 if len(char.encode("euc_kr", "replace")) == 2 else -2.0  # the 2,350 everyday syllables
    return -1.0 if 0x3400 <= ord(char) <= 0x9FFF else min(_chinese(char), 1.0)


def _western(char: str, beside: str) -> float:
    """A letter or sign among ASCII; between two other high characters it is in no Western word."""
    if beside and all(c >= "\x80" for c in beside):
        return -3.0
    if char.isalpha():
        return 2.0 if any(c.isascii() and c.isalpha() for c in beside) else -1.0
    return 1.0 if char in "€£§°«»“”„‘’‚–—…®©™·\xa0" else -2.0


_WEIGHTS: dict[str, Callable[[str, str], float]] = {
    "gb18030": _gb,
    "big5": _big5,
    "shift_jis": _japanese,
    "cp949": _korean,
    "cp1252": _western,
}
