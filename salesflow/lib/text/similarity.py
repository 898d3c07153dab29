"""Probable duplicates: which records are worth comparing, and how alike two of them are.

Keys find the same company in another spelling; this finds typing errors. A warning, never a refusal: measured on
public sets in `docs/text-keys.md`, tuned for few false alarms among near-equal Chinese names.

Blocking after the usual practice of record linkage (P. Christen, Data Matching, 2012): records are compared only if
they share a block; several blocks per record, each surviving another kind of error. Names in letters are compared by
Jaro-Winkler and token ratios (rapidfuzz), Chinese ones by characters and by sound.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, Levenshtein

from .companies import LATIN_TRADES, company_key, company_words, is_institution, telling_part
from .fold import bare, fold, has_han
from .people import person_key
from .pinyin import syllables
from .places import PLACES

WARN = 85
"""From this score on two records are shown to a person as probable duplicates."""

REASONS: dict[str, str | Promise] = {
    "same": _("Same company and person"),
    "company": _("Company names differ in spelling only"),
    "company_person": _("Similar company and person"),
    "person": _("Person's names differ in spelling only"),
    "unlike": _("Not alike"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What of a record is compared; blank is unknown."""

    company: str = ""
    person: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are: `score` 0–100 and a `reason` of `REASONS`."""

    score: int
    reason: str

    @property
    def message(self) -> str:
        """The reason in the reader's language."""
        return str(REASONS[self.reason])


def blocks(company: str | None, person: str | None) -> list[str]:
    """The blocks of a record (at most 12 short texts), to be stored in an indexed array; alike records share one.

    Of a Chinese company two of its first three sounds, of one in letters the beginnings of its telling words; of a
    person with a company his sound and the company's first letter, of one without two name parts, each once cut and
    once by sound.
    """
    found = set(_company_blocks(company))
    if key := person_key(person):
        heads = {block[1:2] for block in found} or {""}
        found.update(
            f"{block}|{head}" if head else block
            for block in _person_blocks(key)
            for head in sorted(heads)[:2]
        )
    return sorted(found)[:12]


def _company_blocks(company: str | None) -> Iterable[str]:
    key = company_key(company)
    if key is None or company is None:
        return
    if has_han(key):
        sounds = [sound[:8] for sound in syllables(key[:5])[:3]]
        for one, other in combinations(sounds, 2):
            yield f"c{one}{other}"
        if len(sounds) == 1:
            yield f"c{sounds[0]}"
        return
    yield f"c{key[:5]}"
    for word in company_words(company)[:3]:
        if len(word) >= 3:
            yield f"c{word[:5]}"


def _person_blocks(key: str) -> Iterable[str]:
    if has_han(key):
        yield "p" + "".join(syllables(key))[:24]
        return
    parts = sorted(key.split(), key=len, reverse=True)[:3]
    if len(parts) == 1:
        yield f"p{parts[0][:5]}"
    for one, other in combinations(sorted(parts), 2):
        yield f"p{one[:3]}{other[:3]}"
        yield f"s{one[0]}{soundex(other)}"
        yield f"s{other[0]}{soundex(one)}"


_SOUNDEX = {
    c: d
    for d, letters in zip("123456", ["bfpv", "cgjkqsxz", "dt", "l", "mn", "r"], strict=True)
    for c in letters
}


def soundex(word: str) -> str:
    """American Soundex (Russell 1918, as in the U.S. National Archives) of a folded word: letter and three digits."""
    code, last = word[:1], _SOUNDEX.get(word[:1], "")
    for char in word[1:]:
        digit = _SOUNDEX.get(char, "")
        if digit and digit != last:
            code += digit
        if char not in "hw":
            last = digit
    return (code + "000")[:4]


def score(a: Named, b: Named) -> Likeness:
    """How alike two records are. Unknown parts neither help nor harm; names without letters are not compared.

    Company and person both known: the weaker one holds the score down. The same city raises it a little, another
    city lowers it.
    """
    company = company_score(a.company, b.company)
    person = person_score(a.person, b.person)
    city = _city_score(a.city, b.city)
    if company is not None and person is not None:
        total = min(0.55 * company + 0.45 * person, min(company, person) + 20)
        reason = "same" if company == person == 100 else "company_person"
    elif company is not None:
        total, reason = company - (0 if city >= 0 else 9), "company"
    elif person is not None:
        total, reason = person - (0 if city > 0 else 12), "person"
    else:
        return Likeness(0, "unlike")
    value = round(max(0.0, min(100.0, total + city)))
    return Likeness(value, reason if value >= WARN else "unlike")


def _city_score(a: str, b: str) -> float:
    one, other = _city(a), _city(b)
    if not one or not other:
        return 0.0
    return 4.0 if one == other or one in other or other in one or fuzz.ratio(one, other) >= 80 else -8.0


@lru_cache(maxsize=4096)
def _city(name: str) -> str:
    return bare(fold(name)).removesuffix("市")


@lru_cache(maxsize=8192)
def _company(name: str) -> tuple[str, str, tuple[str, ...]]:
    """Key, telling part and sounds (Chinese) or words (letters) of a company name."""
    key = company_key(name) or ""
    if has_han(key):
        return key, telling_part(key), tuple(syllables(key))
    return key, "", tuple(company_words(name))


def company_score(a: str, b: str) -> float | None:
    """How alike two company names are, 0–100; nothing where one has no letters."""
    (key_a, telling_a, parts_a), (key_b, telling_b, parts_b) = sorted((_company(a), _company(b)))
    if not key_a or not key_b:
        return None
    if key_a == key_b:
        return 100.0
    if _digits(key_a) != _digits(key_b):
        return 40.0
    if has_han(key_a) and has_han(key_b):
        return _han_score((key_a, telling_a, parts_a), (key_b, telling_b, parts_b))
    return _latin_score(key_a, parts_a, key_b, parts_b)


def _digits(key: str) -> str:
    return "".join(c for c in key if c.isdigit() or c in "一二三四五六七八九十")


def _han_score(a: tuple[str, str, tuple[str, ...]], b: tuple[str, str, tuple[str, ...]]) -> float:
    """Chinese names: the same sound is a typing error, another place or another character another company.

    One name that only adds words of trade (`明远` and `明远科技`) is likely the same; a changed trade is not.
    """
    (key_a, telling_a, sounds_a), (key_b, telling_b, sounds_b) = a, b
    if _places(key_a) != _places(key_b):
        return 50.0
    if sounds_a == sounds_b:
        return 96.0
    if telling_a == telling_b and len(telling_a) >= 2 and telling_a not in PLACES:
        shorter, longer = sorted((key_a, key_b), key=len)
        return 90.0 if longer.startswith(shorter) or shorter == telling_a else 70.0
    edits = Levenshtein.editops(key_a, key_b)
    size = min(len(telling_a), len(telling_b), 8)
    lost = len(edits) == 1 and edits[0].tag != "replace" and edits[0].src_pos > size >= 2
    if lost and not is_institution(key_a) and not is_institution(key_b):
        return 87.0  # a character lost or doubled behind what tells the company: 明远科 for 明远科技
    errors = sum(_edit_weight(edit.tag, key_a, key_b, edit.src_pos, edit.dest_pos) for edit in edits)
    return max(0.0, 100.0 - 100.0 * errors / max(2, size))


def _edit_weight(tag: str, a: str, b: str, at: int, to: int) -> float:
    if tag == "replace":
        return 0.3 if syllables(a[at]) == syllables(b[to]) else 1.2
    return 1.0


@lru_cache(maxsize=8192)
def _places(key: str) -> frozenset[str]:
    """The places a name contains anywhere."""
    return frozenset(
        key[at : at + length]
        for length in (2, 3, 4)
        for at in range(len(key) - length + 1)
        if key[at : at + length] in PLACES
    )


def _latin_score(key_a: str, words_a: tuple[str, ...], key_b: str, words_b: tuple[str, ...]) -> float:
    """Names in letters: alike when written together, or word by word in any order."""
    telling_a, telling_b = (tuple(w for w in words if w not in LATIN_TRADES) for words in (words_a, words_b))
    if telling_a == telling_b and sum(map(len, telling_a)) >= 3:
        return 92.0 if set(words_a) <= set(words_b) or set(words_b) <= set(words_a) else 78.0
    joined = fuzz.ratio(key_a, key_b)
    tokens = fuzz.token_sort_ratio(" ".join(words_a), " ".join(words_b))
    shared = fuzz.token_set_ratio(" ".join(words_a), " ".join(words_b))
    common = set(words_a) & set(words_b)
    subset = shared * 0.93 if len(common) >= 2 or (common and max(map(len, common)) >= 7) else 0.0
    return max(joined, tokens, subset)


def person_score(a: str, b: str) -> float | None:
    """How alike the names of two persons are, 0–100; nothing where one names nobody."""
    one, other = person_key(a), person_key(b)
    if not one or not other:
        return None
    if one == other:
        return 100.0
    if has_han(one) and has_han(other):
        return 85.0 if syllables(one) == syllables(other) else 30.0
    if has_han(one) or has_han(other):
        return 90.0 if _spelled(one) == _spelled(other) else 0.0
    return _name_parts_score(one.split(), other.split())


def _spelled(key: str) -> str:
    """`张伟` and `wei zhang` alike: the letters of the sounds in order of the alphabet of parts."""
    return "".join(sorted("".join(syllables(key)))).replace(" ", "")


def _name_parts_score(one: list[str], other: list[str]) -> float:
    """The parts of the shorter name with their best partners, one each; parts left over cost a little.

    At most the four longest parts of a name count. An initial agrees with a name it begins.
    """
    shorter, longer = sorted((sorted(name, key=len)[-4:] for name in (one, other)), key=len)
    best = max(sum(map(_part_score, shorter, partners)) for partners in permutations(longer, len(shorter)))
    return best / len(shorter) - 8.0 * (len(longer) - len(shorter))


def _part_score(a: str, b: str) -> float:
    if len(a) == 1 or len(b) == 1:
        return 88.0 if a[0] == b[0] else 0.0
    return 100.0 * JaroWinkler.similarity(a, b) if a != b else 100.0
