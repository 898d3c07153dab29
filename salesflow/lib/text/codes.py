"""Codes that identify a company by law."""

import unicodedata

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as InvalidNumber


def uscc_key(code: str | None) -> str | None:
    """The Chinese unified social credit code (统一社会信用代码, GB 32100-2015) as 18 signs, or None.

    Blanks, hyphens, width and case are folded; the check digit must be right.
    """
    if not code or len(code) > 40:
        return None
    text = unicodedata.normalize("NFKC", code).strip().upper()
    try:
        return str(uscc.validate(text))
    except InvalidNumber:
        return None
