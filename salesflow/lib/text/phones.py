"""Telephone numbers: any notation to E.164, with the extension kept apart."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import ValidationResult

_NOISE = str.maketrans("", "", " \t\u00a0-‐‑‒–—.()[]/_")
_CN_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_EXTENSION = re.compile(
    r"(?i)(?:转接|转|轉|分机(?:号)?|分機|内线|extension|ext\.?|durchwahl|(?<=\d)\s*[x#])"
    r"[\s:.\-]*(\d{1,7})\D*$"
)
_LABEL = re.compile(r"^[^\d+(]{1,20}[::]\s*")
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Phone:
    """One number: `e164` such as `+8613800138000`, `extension` digits or empty, `valid` by the numbering plan."""

    e164: str
    extension: str = ""
    valid: bool = True

    @property
    def key(self) -> str:
        """What is compared: two people behind one switchboard differ in the extension."""
        return f"{self.e164}x{self.extension}" if self.extension else self.e164


def phone_parse(raw: str | None, region: str = "CN") -> Phone | None:
    """The number meant by a text as people write it, or None when it cannot be one.

    A number without country code is read in `region` (ISO 3166 alpha-2) and must fit its numbering plan; one with
    a country code must have a possible length. A local number without area code is None: it would be equal to
    strangers' numbers in other cities.
    """
    if not raw or len(raw) > 60:
        return None
    text = raw.strip() if raw.isascii() else unicodedata.normalize("NFKC", raw).strip()
    if region == "CN" and (mobile := _CN_MOBILE.fullmatch(text.translate(_NOISE))):
        return Phone("+86" + mobile[1])
    return _parse(text, region)


@lru_cache(maxsize=16384)
def _parse(text: str, region: str) -> Phone | None:
    text = _LABEL.sub("", text)
    extension = ""
    if found := _EXTENSION.search(text):
        text, extension = text[: found.start()], found[1]
    if _LETTERS.search(text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    abroad = text.lstrip(" (").startswith(("+", "00"))
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if not valid and not (abroad and possible):
        return None
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), extension, valid)


def phone_key(raw: str | None, region: str = "CN") -> str | None:
    """The comparable form of a number: E.164, then `x` and the extension if one was given; None if it is none."""
    phone = phone_parse(raw, region)
    return phone.key if phone else None
