"""Which records of a table are the same thing: a comparer that is told the columns, and nothing else.

After I. Fellegi and A. Sunter (1969) and W. Winkler's string comparators: each column of two records is a piece of
evidence in bits. Agreeing on a value that one record in a thousand has is worth ten bits, on one that every second has
a single bit; likeness counts in part, and differing takes away, most where the column usually tells records apart. A
column that one of the two leaves empty says nothing. Two records are a pair when the bits outweigh what chance alone
needs to be beaten among so many records. Nothing is learned or tuned per table: measured in `docs/text-keys.md`.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from rapidfuzz.distance import OSA, JaroWinkler

from salesflow.lib.text.fold import bare, fold

#: What a column that differs takes away when each record has a value of its own there, in bits.
DIFFERS = 8.0
#: Of n records we expect n/20 pairs, so that chance has to be beaten by so many bits more than log2(n).
PRIOR = math.log2(10)
#: A value that two of a dozen records share is no common one: frequencies count as among so many records at least.
FEWEST = 200
#: Texts and numbers less alike than this differ.
TEXT_FLOOR, NUMBER_FLOOR = 0.6, 0.7
#: Words less alike than this are other words.
WORD_FLOOR = 0.85
#: How much counts that the shorter text stands in the longer one; the rest is what both have in common.
WITHIN = 0.9
#: Blocks of more records than this bring together too much that has nothing in common.
LARGEST_BLOCK = 30
_HEAD = 5
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_DIGIT = re.compile(r"\D+")

Like = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Part:
    """What one column says: how alike, 0–1, and what that is worth."""

    name: str
    likeness: float
    bits: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all columns say: the bits beyond those that chance needs, and each column that both records fill."""

    bits: float
    parts: tuple[Part, ...]

    @property
    def is_pair(self) -> bool:
        return self.bits > 0

    @property
    def score(self) -> int:
        """How probable it is that both are one, in percent; 100 is left to equal keys."""
        return min(99, round(100 / (1 + 2 ** -max(-50.0, min(50.0, self.bits)))))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows, by their places in the table, that are probably one."""

    first: int
    second: int
    verdict: Verdict


@dataclass(frozen=True)
class Meter:
    """What is known of one column: how many records fill it, and how many bits an agreement is worth on average.

    `like` says of two different values how alike they are; below `floor` they differ, which takes away `differs` bits
    where the column tells all records apart.
    """

    name: str
    filled: int
    mean_bits: float
    like: Like
    floor: float = TEXT_FLOOR
    differs: float = DIFFERS

    def weigh(self, one: str, other: str, count: int, largest_bits: float) -> Part:
        """The evidence of two values, neither empty; `count` is how many records have the more frequent of them."""
        alike = 1.0 if one == other else max(0.0, (self.like(one, other) - self.floor) / (1 - self.floor))
        agrees = math.log2(max(1.0, max(self.filled, FEWEST) / count))
        differs = self.differs * self.mean_bits / largest_bits if largest_bits else 0.0
        return Part(self.name, alike, alike * agrees - (1 - alike) * differs)


@dataclass(frozen=True)
class Comparer:
    """Compares records column by column, in the order of its meters."""

    meters: Sequence[Meter]
    records: int
    largest_bits: float = field(init=False)
    needed: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "largest_bits", math.log2(max(2, self.records)))
        object.__setattr__(self, "needed", self.largest_bits + PRIOR)

    def verdict(self, one: Sequence[str], other: Sequence[str], counts: Sequence[int]) -> Verdict:
        """What the columns of two records say; `counts` as `Meter.weigh` takes them."""
        parts = tuple(
            meter.weigh(a, b, count, self.largest_bits)
            for meter, a, b, count in zip(self.meters, one, other, counts, strict=True)
            if a and b
        )
        return Verdict(sum(part.bits for part in parts) - self.needed, parts)


def mean_bits(counts: Mapping[str, int]) -> float:
    """What an agreement is worth on average, from how often each value occurs."""
    filled = sum(counts.values())
    return sum(count * math.log2(filled / count) for count in counts.values()) / filled if filled else 0.0


def pairs_of(columns: Sequence[str], rows: Sequence[Mapping[str, str | None]]) -> list[Pair]:
    """The pairs among these rows by the named columns, most probable first; all of it in memory."""
    keyed = [_Column(name, [row.get(name) or "" for row in rows]) for name in columns]
    comparer = Comparer([column.meter for column in keyed], len(rows))
    values = list(zip(*(column.keys for column in keyed), strict=True))
    found = []
    for first, second in _candidates(keyed):
        one, other = values[first], values[second]
        counts = [max(c.counts[a], c.counts[b]) for c, a, b in zip(keyed, one, other, strict=True)]
        verdict = comparer.verdict(one, other, counts)
        if verdict.is_pair:
            found.append(Pair(first, second, verdict))
    return sorted(found, key=lambda pair: (-pair.verdict.bits, pair.first, pair.second))


class _Column:
    """The folded values of one column of a table in memory, whether they are numbers, and how frequent each is."""

    def __init__(self, name: str, values: Sequence[str]) -> None:
        keys = [_NOT_WORD.sub(" ", bare(fold(value)).replace("'", "")).strip() for value in values]
        text = "".join(keys).replace(" ", "")
        self.is_number = sum(map(str.isdigit, text)) > 0.6 * len(text)
        self.keys = [_NOT_DIGIT.sub("", key) or key for key in keys] if self.is_number else keys
        self.counts = Counter(key for key in self.keys if key)
        words = Counter(word for key in self.keys for word in set(key.split()))
        like = number_likeness if self.is_number else TextLikeness(words)
        floor = NUMBER_FLOOR if self.is_number else TEXT_FLOOR
        self.meter = Meter(name, sum(self.counts.values()), mean_bits(self.counts), like, floor)

    def blocks(self, key: str) -> set[str]:
        """What alike values share one of: the whole, its head, of a number its tail, of a text each longer word."""
        joined = key.replace(" ", "")
        if self.is_number:
            return {joined, joined[:_HEAD], f"…{joined[-_HEAD:]}"}
        return {key, joined[:_HEAD], *(word for word in key.split() if len(word) > 2)}


def _candidates(columns: Sequence[_Column]) -> Iterator[tuple[int, int]]:
    """Pairs of rows that share a block of some column, each once."""
    seen: set[tuple[int, int]] = set()
    for column in columns:
        blocks: dict[str, list[int]] = defaultdict(list)
        for place, key in enumerate(column.keys):
            if key:
                for block in column.blocks(key):
                    blocks[block].append(place)
        for places in blocks.values():
            if 2 <= len(places) <= LARGEST_BLOCK:
                fresh = set(combinations(places, 2)) - seen
                seen |= fresh
                yield from fresh


def number_likeness(one: str, other: str) -> float:
    """Numbers are alike that differ by a few typing errors: digits lost, doubled, wrong or changed about."""
    return OSA.normalized_similarity(one, other)


class TextLikeness:
    """How alike two folded texts are: word by word, rare words counting more, or written together.

    `counts` says in how many texts each word stands.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._weights = {word: math.log2(1 + len(counts) / count) for word, count in counts.items()}
        self._known: dict[tuple[str, str], float] = {}

    def __call__(self, one: str, other: str) -> float:
        pair = (one, other) if one < other else (other, one)
        known = self._known.get(pair)
        if known is None:
            known = self._known[pair] = max(self._by_words(one.split(), other.split()), _joined(one, other))
        return known

    def _by_words(self, one: list[str], other: list[str]) -> float:
        left, met = list(other), 0.0
        for word in one:
            if not left:
                break
            partner = max(left, key=lambda each: word_likeness(word, each))
            alike = word_likeness(word, partner)
            if alike >= WORD_FLOOR:
                met += alike * (self._weight(word) + self._weight(partner))
                left.remove(partner)
        whole, part = (sum(map(self._weight, words)) for words in (one, other))
        within = min(1.0, met / (2 * min(whole, part)))
        return WITHIN * within + (1 - WITHIN) * met / (whole + part)

    def _weight(self, word: str) -> float:
        return self._weights.get(word, 1.0)


def word_likeness(one: str, other: str) -> float:
    """Words by Jaro-Winkler; words that begin with a digit are equal or differ."""
    if one == other:
        return 1.0
    return 0.0 if one[0].isdigit() or other[0].isdigit() else JaroWinkler.similarity(one, other)


def _joined(one: str, other: str) -> float:
    if any(map(str.isdigit, one + other)):
        return 0.0
    return OSA.normalized_similarity(one.replace(" ", ""), other.replace(" ", ""))
