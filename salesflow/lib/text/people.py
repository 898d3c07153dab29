"""The comparable form of a person's name."""

import re
from functools import lru_cache

from .fold import HAN, bare, fold
from .words import word_list

_HAN_RUN = re.compile(f"[{HAN}·]+")
_HAN_TITLE = re.compile(
    "(?:先生|女士|小姐|太太|夫人|老师|同学|同志|博士|教授|医生|律师|工程师|工|总|总监|总经理|副总|副总经理|董事长|董事|经理|"
    "主任|主管|部长|科长|处长|局长|院长|校长|所长|厂长|老板|店长|秘书|助理|会计|采购|様|さん|씨)+$"
)
_LATIN_TITLES = word_list("latin titles")
_WORD = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\([^()]*\)")


@lru_cache(maxsize=8192)
def person_key(name: str | None) -> str | None:
    """The comparable form of a person's name, or None when it names nobody (no letters, or a surname alone).

    Folded: width, case, traditional characters, blanks, titles (`先生`, `张总`, `Dr.`), Latin accents and word order
    (`Smith, John` is `John Smith`). Where a name is written in Chinese and Latin the Chinese one counts.
    """
    if not name:
        return None
    text = fold(name[:200])
    if runs := _HAN_RUN.findall(text):
        whole = "".join(runs).replace("·", "")
        core = _HAN_TITLE.sub("", whole)
        if len(core) >= 2:
            return core
        return None if core != whole or len(whole) < 2 else whole
    words = [word for word in _WORD.findall(bare(_BRACKETS.sub(" ", text).replace("'", "").replace("’", "")))]
    named = [word for word in words if word not in _LATIN_TITLES] or words
    return " ".join(sorted(named)) if sum(map(len, named)) >= 2 else None
