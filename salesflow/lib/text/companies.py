"""The core of a company name: what stays when legal form, place and spelling are taken away."""

import re
from functools import lru_cache

from .fold import HAN, bare, fold, has_han
from .places import PLACES, place_prefix
from .words import word_list

_BRACKETS = re.compile(r"[(\[{【〔《<「『]([^()\[\]{}【】〔〕《》<>「」『』]*)[)\]}】〕》>」』]")
_NOT_WORD = re.compile(r"[\W_]+")
_APOSTROPHE = re.compile(r"['’`´.]")
_HAN_PIECES = re.compile(f"[{HAN}]+|[^{HAN}]+")

_HAN_FORM_ANYWHERE = re.compile(
    "(?:股份)?有限(?:责任)?(?:股份)?公司|有限责任(?:公司)?|股份公司|合伙企业|个人独资企业|个体工商户|株式会社|有限会社|合同会社"
)
_HAN_FORM_END = re.compile("(?:(?<![分子])公司|总公司|集团|控股|股份|有限|实业集团)$")
_HAN_IN_BRACKETS = word_list("bracket words")

_LATIN_FORMS = word_list("latin legal forms")
_LATIN_LINKS = word_list("latin links")
_LATIN_HEADS = word_list("latin heads")
_POLISH = re.compile(r"\bsp z ?o ?o\b")

_INSTITUTION = re.compile(
    "(?:(?:幼儿)?(?:师范)?(?:高等专科|中等专业)学校|职业(?:技术)?学院|大学|学院|学校|中学|小学|附中|附小|幼儿园|"
    "幼儿师范|党校|医院|卫生院|诊所|银行|分行|支行|信用社|研究院|研究所|设计院|"
    "委员会|政府|厅|局|署|法院|检察院|协会|学会|商会|联合会|基金会|出版社|报社|电视台|电台|博物馆|图书馆|美术馆|体育馆|"
    "公园|酒店|宾馆|饭店|机场|车站|地铁|剧院|中心|办事处|分公司|子公司|代表处)$"
)
_TRADES = word_list("trades")
_TRADE = re.compile("|".join(sorted(_TRADES, key=len, reverse=True)))
_ORDINAL = re.compile("第?[一二三四五六七八九十百0-9]+(?:号|局|院|处|建|分)?")


@lru_cache(maxsize=8192)
def company_key(name: str | None) -> str | None:
    """The comparable core of a company name; None when it has no letter or Chinese character.

    Folded: width, case, traditional characters, accents, punctuation and blanks; brackets that hold only a place or
    a legal form; legal forms (`有限公司`, `集团`, `GmbH & Co. KG`, `株式会社` …) wherever they may stand; a Chinese
    place in front (`北京市明远科技` is `明远科技`), but only where what remains names somebody: `北京大学`,
    `北京银行`, `上海汽车`, `石油大学(北京)` keep theirs. Never empty when the name has a letter.
    """
    if not name:
        return None
    text = fold(name[:300])
    if not any(c.isalpha() for c in text):
        return None
    short = _BRACKETS.sub(_bracket, text)
    if not has_han(short):
        return _latin_core(short) or _squeezed(text)
    core = _han_core(short)
    if short != text and is_institution(core):  # 中国矿业大学(北京) is another one than 中国矿业大学
        core = _han_core(text)
    return core or _squeezed(text)


def _squeezed(text: str) -> str:
    return _NOT_WORD.sub("", bare(text))


def _bracket(found: re.Match[str]) -> str:
    inside = found[1].strip()
    if inside in PLACES or inside in _HAN_IN_BRACKETS or inside in _LATIN_PLACES or inside in _LATIN_FORMS:
        return " "
    if place_prefix(inside) == len(inside):
        return " "
    return f" {inside} "


LATIN_TRADES = word_list("latin trades")
_LATIN_PLACES = word_list("latin places") | {"hong kong", "far east"}


def _han_core(text: str) -> str:
    """Core of a name with Chinese characters, where blanks and punctuation mean nothing."""
    whole = _squeezed(_latin_tail(text))
    core = _HAN_FORM_ANYWHERE.sub("", whole)
    if not core:
        return whole
    while (shorter := _HAN_FORM_END.sub("", core)) not in ("", core):
        core = shorter
    return _without_place(core)


def _latin_tail(text: str) -> str:
    """`明远科技 Co., Ltd.`: Latin legal forms behind Chinese characters go too."""
    if text.isascii() or not any("a" <= c <= "z" for c in text[-12:]):
        return text
    pieces = _HAN_PIECES.findall(text)
    words = _NOT_WORD.sub(" ", _APOSTROPHE.sub("", pieces[-1])).split()
    return (
        "".join(pieces[:-1]) if words and all(w in _LATIN_FORMS or w in _LATIN_LINKS for w in words) else text
    )


def _without_place(core: str) -> str:
    length = place_prefix(core)
    rest = core[length:]
    if not length or len(rest) < 2 or is_institution(rest):
        return core
    telling = _ORDINAL.sub("", _TRADE.sub("", rest))
    return rest if len(telling) >= 2 else core


def telling_part(core: str) -> str:
    """What of a Chinese core name is not a trade, an ordinal or a kind of institution: `明远` of `明远科技`."""
    return _ORDINAL.sub("", _TRADE.sub("", _INSTITUTION.sub("", core)))


def is_institution(core: str) -> bool:
    """A school, hospital, bank, authority or the like, whose place and every word belong to its name."""
    return _INSTITUTION.search(core) is not None


def company_words(name: str) -> list[str]:
    """The words of a name in letters without its legal forms and links."""
    return [
        word for word in _core_words(_BRACKETS.sub(_bracket, fold(name[:300]))) if word not in _LATIN_LINKS
    ]


def _latin_core(text: str) -> str:
    """Core of a name in letters: its words written together."""
    words = _core_words(text)
    return "".join(word for word in words if word not in _LATIN_LINKS) or "".join(words)


def _core_words(text: str) -> list[str]:
    """Words without legal forms at the end (or a few at the start); one is always left."""
    words = _joined_initials(
        _POLISH.sub("spzoo", _NOT_WORD.sub(" ", _APOSTROPHE.sub("", bare(text)))).split()
    )
    while len(words) > 1 and (words[-1] in _LATIN_FORMS or words[-1] in _LATIN_LINKS):
        words.pop()
    while len(words) > 1 and words[0] in _LATIN_HEADS:
        words.pop(0)
    return words


def _joined_initials(words: list[str]) -> list[str]:
    """`s p a` and `s. r. l.` are one word each."""
    if all(len(word) > 1 for word in words):
        return words
    joined: list[str] = []
    open_run = False
    for word in words:
        if len(word) == 1 and open_run:
            joined[-1] += word
        else:
            joined.append(word)
        open_run = len(word) == 1
    return joined
