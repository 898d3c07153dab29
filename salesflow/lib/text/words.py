"""The word lists of `words.txt`, read once."""

from functools import cache
from pathlib import Path


@cache
def _sections() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    section: set[str] = set()
    for line in Path(__file__).with_name("words.txt").read_text("utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), set())
        else:
            section.update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


def word_list(section: str) -> frozenset[str]:
    """The words under a heading of `words.txt`; an unknown heading is an error of the caller."""
    return _sections()[section]
