"""Chinese in the order people expect, and by sound.

The readings are a table made from pypinyin's (see pinyin.txt): the library itself takes 14 to 58 MB in every process
for what needs two here. Tones are left out; of several readings the first counts, but for known words and surnames.
"""

import re
from functools import cache, lru_cache
from pathlib import Path

from .fold import bare, fold

_NAME = re.compile("[\u4e00-\u9fff]{2,4}")
_SPACES = re.compile(r"\s+")


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Characters, words and surnames with their syllables."""
    tables: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    part = 0
    for line in Path(__file__).with_name("pinyin.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            part += 1
        elif not line.startswith("#"):
            head, rest = line.split(" ", 1)
            tables[part].update({head: rest} if part else dict.fromkeys(rest, head))
    return tables


@cache
def _words() -> re.Pattern[str]:
    return re.compile("|".join(_tables()[1]))


def syllables(text: str) -> list[str]:
    """The sounds of folded text: a syllable for each Chinese character, runs of anything else as they are."""
    characters, words, surnames = _tables()
    if _NAME.fullmatch(text):
        for length in (2, 1):
            if head := surnames.get(text[:length]):
                return head.split() + [characters.get(c, c) for c in text[length:]]
    spelled = _words().sub(lambda found: f" {words[found[0]]} ", text)
    return "".join(f" {characters[c]} " if c in characters else c for c in spelled).split()


@lru_cache(maxsize=4096)
def sort_key(name: str) -> str:
    """What a name is sorted by: Chinese by sound beside Latin by letter, case, width and accents aside."""
    return _SPACES.sub(" ", " ".join(syllables(bare(fold(name[:200])))))[:200]
