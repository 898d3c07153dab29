"""Keeping spreadsheet programs from running cells (formula injection, ASVS 1.2.10), reversibly.

A cell that begins with one of `= + - @`, a tab or a line break, whatever apostrophes stand before it, gets one
apostrophe more; taking one away again gives back exactly what was there. Plain negative numbers stay as they are.
"""

import re

_STARTS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NEGATIVE = re.compile(r"-\d{1,15}(?:\.\d+)?")


def guarded(text: str) -> str:
    """The text as it may stand in a CSV cell."""
    if text and _STARTS.match(text) and not _NEGATIVE.fullmatch(text):
        return "'" + text
    return text


def unguarded(text: str) -> str:
    """What `guarded` was given: a cell's text without the apostrophe that only guards it."""
    return text[1:] if text[:1] == "'" and _STARTS.match(text) else text
