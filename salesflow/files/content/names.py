"""Names of files, made safe for every system they are taken home to; what the file is decides how its name ends."""

import re
import unicodedata

from salesflow.files.content.kinds import Kind

MOST_BYTES = 200
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)")


def clean_name(raw: str, kind: Kind) -> str:
    """The last part of a path without what is not printed or turns the direction of reading, with a fitting ending.

    `../../x` becomes `x.pdf`, and `invoice<RLO>fdp.exe` becomes `invoicefdp.exe.pdf`, if it is a PDF.
    """
    stem, ending = _split(printed(re.split(r"[/\\]", raw)[-1]), kind)
    stem = _FORBIDDEN.sub("_", stem).strip(" .")
    if _RESERVED.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    return f"{_shortened(stem or 'file', MOST_BYTES - len(ending) - 1)}.{ending}"


def printed(text: str) -> str:
    """One line of visible characters: composed, every space the same, no controls, no marks of direction."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        " " if unicodedata.category(sign) in ("Zs", "Zl", "Zp") or sign in "\t\n\r" else sign
        for sign in composed
        if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Cn", "Co") or sign in "\t\n\r"
    )
    return re.sub(" +", " ", "".join(kept)).strip()


def _split(name: str, kind: Kind) -> tuple[str, str]:
    stem, point, ending = name.rpartition(".")
    if point and ending.lower() in kind.endings:
        return stem, ending.lower()
    return name, kind.endings[0]


def _shortened(stem: str, most: int) -> str:
    """As much of it as fits into so many bytes of UTF-8, without half a character."""
    return stem.encode()[:most].decode(errors="ignore").rstrip(" .")
