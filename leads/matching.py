"""Which leads a rule speaks of: the words of its filter, and the territory a lead lies in. Pure, no database.

A filter is the state of the lead list as JSON, `{"grade": ["A", "B"], "industry": "medical", "score_min": 40}`: all
words must hold, of several values of one word any. Texts are compared folded (width, case, traditional characters),
countries by their code however they are spelled, provinces and cities without 省, 市 and the like. It is applied to
leads that are not stored yet as well, so it knows the words below and no others. One more word, `filter`, holds a text
of the filter language (`grade = A and (city = 上海 or score >= 40)`), which joins the same words in any way.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from leads.custom_matching import bound_readable, custom_compares, custom_parts
from salesflow.lib.lists.language import Group, Node, Not, Term, parse, terms_of
from salesflow.lib.text.countries import country_code
from salesflow.lib.text.fold import bare, fold

if TYPE_CHECKING:
    from leads.models import Lead

GRADES = ("A", "B", "C")
CHANNELS = ("offline", "partner", "online")
TEXTS = ("industry", "country", "region", "city", "tags")
SCORES = ("score_min", "score_max")
#: Every word of a filter, beside `custom.<key>`.
WORDS = ("grade", "source", "channel", *TEXTS, *SCORES)
#: The word that holds a text of the filter language, and the word of a score in it, which is compared.
FILTER, SCORE = "filter", "score"
_ORDERED = ("<", "<=", ">", ">=")
MOST_VALUES = 200
_CUSTOM = re.compile(r"^custom\.[a-z][a-z0-9_]{0,59}$")
_PLACE_TAIL = re.compile(
    r"(?<=[\u4e00-\u9fff]{2})(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)$| (?:province|city)$"
)

Test = Callable[["Lead"], bool]


@lru_cache(maxsize=4096)
def text_key(text: str) -> str:
    return bare(fold(text))


@lru_cache(maxsize=4096)
def place_key(text: str) -> str:
    """A province or city without its kind: 广东省 and 广东 are one."""
    return _PLACE_TAIL.sub("", text_key(text))


@lru_cache(maxsize=1024)
def country_key(text: str) -> str:
    return country_code(text) or text_key(text)


def filter_check(value: Any) -> None:
    """Raise a ValidationError unless `value` is a filter of known words with readable values."""
    if not isinstance(value, Mapping):
        raise ValidationError(_("A filter is a set of words with their values."), code="invalid")
    for word, given in value.items():
        if word == FILTER:
            _language_check(given)
            continue
        if word not in WORDS and not (isinstance(word, str) and _CUSTOM.match(word)):
            raise _unknown(word)
        values = _values(given)
        if not 1 <= len(values) <= MOST_VALUES or not all(_readable(word, each) for each in values):
            raise ValidationError(
                _("The value of “%(word)s” cannot be read."), code="invalid", params={"word": word}
            )


def _language_check(text: Any) -> None:
    """Raise a ValidationError unless this is a filter text of words, questions and values a rule knows."""
    if not isinstance(text, str):
        raise ValidationError(_("The value of “%(word)s” cannot be read."), "invalid", {"word": FILTER})
    for asked in terms_of(parse(text)):
        if not _is_known(asked.word):
            raise _unknown(asked.word)
        if asked.operator not in _operators(asked.word):
            message = _("A rule cannot ask “%(test)s”.")
            raise ValidationError(message, code="invalid", params={"test": str(asked)[:80]})
        word = "score_min" if asked.word == SCORE else asked.word
        ordered = asked.operator in _ORDERED and word.startswith("custom.")
        if (
            len(asked.values) > MOST_VALUES
            or not all(_readable(word, value) for value in asked.values)
            or (ordered and not all(map(bound_readable, asked.values)))
        ):
            raise ValidationError(
                _("The value of “%(word)s” cannot be read."), code="invalid", params={"word": asked.word}
            )


def _is_known(word: str) -> bool:
    return word in WORDS or word == SCORE or bool(_CUSTOM.match(word))


def _unknown(word: Any) -> ValidationError:
    message = _("A rule cannot filter by “%(word)s”.")
    return ValidationError(message, code="unknown_filter", params={"word": str(word)[:60]})


def _operators(word: str) -> tuple[str, ...]:
    if word == SCORE:
        return ("=", "!=", "<", "<=", ">", ">=")
    if word in SCORES:
        return ("=",)
    if word.startswith("custom."):
        return ("=", "!=", "~", "!~", *_ORDERED, "empty", "filled")
    if word in TEXTS:
        return ("=", "!=", "~", "!~", "empty", "filled")
    return ("=", "!=", "empty", "filled") if word == "source" else ("=", "!=")


def _values(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _readable(word: str, value: Any) -> bool:
    if word == "grade":
        return value in GRADES
    if word == "channel":
        return value in CHANNELS
    if word == "source" or word in SCORES:
        return (
            not isinstance(value, bool) and isinstance(value, int | str) and bool(_NUMBER.match(str(value)))
        )
    if word in TEXTS:
        return isinstance(value, str) and 0 < len(value.strip()) <= 200
    return isinstance(value, str | int | float | bool) and len(str(value)) <= 200


_NUMBER = re.compile(r"^[0-9]{1,18}$", re.ASCII)


def filter_of(words: Mapping[str, Any], channels: Mapping[int, str]) -> Test:
    """The filter as a question about a lead; `channels` maps the id of a source to its channel."""
    tests = [
        _tree_test(parse(given), channels) if word == FILTER else _test(word, _values(given), channels)
        for word, given in words.items()
    ]
    return lambda lead: all(test(lead) for test in tests)


def _tree_test(tree: Node, channels: Mapping[int, str]) -> Test:
    """A tree of the filter language as a question."""
    if isinstance(tree, Not):
        denied = _tree_test(tree.part, channels)
        return lambda lead: not denied(lead)
    if isinstance(tree, Group):
        parts = [_tree_test(part, channels) for part in tree.parts]
        decides = any if tree.joint == "or" else all
        return lambda lead: decides(part(lead) for part in parts)
    return _asked_test(tree, channels)


def _asked_test(asked: Term, channels: Mapping[int, str]) -> Test:
    if asked.operator in ("!=", "!~", "filled"):
        plain = {"!=": "=", "!~": "~", "filled": "empty"}[asked.operator]
        denied = _asked_test(Term(asked.word, plain, asked.values), channels)
        return lambda lead: not denied(lead)
    if asked.operator == "empty":
        return lambda lead: _value_of(lead, asked.word) in (None, "", [])
    if asked.operator == "~":
        key = text_key(asked.values[0])
        return lambda lead: any(
            key in text_key(str(each)) for each in custom_parts(_value_of(lead, asked.word))
        )
    if asked.operator in _ORDERED and asked.word != SCORE:
        ordered = _COMPARISONS[asked.operator]
        return lambda lead: any(
            custom_compares(_value_of(lead, asked.word), ordered, bound) for bound in asked.values
        )
    if asked.word == SCORE:
        compares = _COMPARISONS[asked.operator]
        bounds = [int(value) for value in asked.values]
        return lambda lead: any(compares(lead.score, bound) for bound in bounds)
    return _test(asked.word, list(asked.values), channels)


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _value_of(lead: "Lead", word: str) -> Any:
    if word.startswith("custom."):
        value = lead.custom.get(word.removeprefix("custom."))
        return "" if value is None else value
    return lead.source_id if word == "source" else getattr(lead, word)


def _test(word: str, values: list[Any], channels: Mapping[int, str]) -> Test:
    if word == "grade":
        return lambda lead: lead.grade in values
    if word == "source":
        ids = {int(value) for value in values}
        return lambda lead: lead.source_id in ids
    if word == "channel":
        return lambda lead: channels.get(lead.source_id or 0) in values
    if word in SCORES:
        return _score_test(word, int(values[0]))
    if word == "tags":
        tags = {text_key(value) for value in values}
        return lambda lead: any(text_key(tag) in tags for tag in lead.tags)
    if word.startswith("custom."):
        return _custom_test(word.removeprefix("custom."), {_custom_key(value) for value in values})
    return _text_test(word, values)


def _score_test(word: str, bound: int) -> Test:
    if word == "score_min":
        return lambda lead: lead.score >= bound
    return lambda lead: lead.score <= bound


def _custom_test(name: str, keys: set[str]) -> Test:
    return lambda lead: (
        lead.custom.get(name) is not None
        and any(_custom_key(part) in keys for part in custom_parts(lead.custom[name]))
    )


def _custom_key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else text_key(str(value))


def _text_test(word: str, values: list[str]) -> Test:
    key = {"country": country_key, "region": place_key, "city": place_key}.get(word, text_key)
    keys = {key(value) for value in values}
    return lambda lead: key(getattr(lead, word)) in keys


@dataclass(frozen=True, slots=True)
class Area:
    """A territory as arithmetic: an empty set matches everything."""

    id: int
    team_id: int
    countries: frozenset[str]
    regions: frozenset[str]
    cities: frozenset[str]

    @classmethod
    def of(
        cls, id_: int, team_id: int, countries: Iterable[str], regions: Iterable[str], cities: Iterable[str]
    ) -> "Area":
        return cls(
            id=id_,
            team_id=team_id,
            countries=frozenset(map(country_key, countries)),
            regions=frozenset(map(place_key, regions)),
            cities=frozenset(map(place_key, cities)),
        )

    @property
    def specificity(self) -> int:
        """A city says more than a province, and that more than a country."""
        return 4 * bool(self.cities) + 2 * bool(self.regions) + bool(self.countries)

    def holds(self, country: str, region: str, city: str) -> bool:
        return (
            (not self.countries or country in self.countries)
            and (not self.regions or region in self.regions)
            and (not self.cities or city in self.cities)
        )


def area_of(areas: Sequence[Area], country: str, region: str, city: str) -> Area | None:
    """The most specific territory that holds the place; of equals the one made first."""
    place = (country_key(country), place_key(region), place_key(city))
    found = [area for area in areas if area.holds(*place)]
    return max(found, key=lambda area: (area.specificity, -area.id), default=None)
