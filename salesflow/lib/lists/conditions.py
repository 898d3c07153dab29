"""What the words of the filter language mean in a list: a test becomes a condition by the list's own filters.

The words are the filters of the list, by name; the fields its ranges are of (`created_at` from `created_after`), which
can be compared; and `custom.<key>`. What a person may not filter by is no word for him.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import CharField, Field, Model, Q, TextField
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.lib.lists import ports
from salesflow.lib.lists.custom import custom_compared, custom_empty, custom_is, custom_like
from salesflow.lib.lists.filters import (
    MOST_VALUES,
    Bound,
    Choices,
    Day,
    Filters,
    Holds,
    Ids,
    Kind,
    Moment,
    MomentField,
    Words,
)
from salesflow.lib.lists.language import Group, Node, Not, Term, parse, terms_of
from salesflow.lib.lists.relative import Span, days_of, moment_span, span_of

if TYPE_CHECKING:
    from salesflow.lib.lists.spec import ListSpec

EQUAL, ORDER, LIKE, EMPTY = ("=", "!="), ("<", "<=", ">", ">="), ("~", "!~"), ("empty", "filled")
CUSTOM = "custom."
_OF_RECORDS = {"created_at": gettext_lazy("Created"), "updated_at": gettext_lazy("Changed")}


@dataclass(frozen=True)
class Word:
    """A word of a list: its name for people, what may be asked of it, and how it is filled in.

    `kind` is choice, words, moment, day, number or flag; `filter` is the list's filter it stands for, if one.
    """

    name: str
    label: Any
    kind: str
    operators: tuple[str, ...]
    filter: Kind | None = None
    field: str = ""
    custom: ports.CustomWord | None = None


def words_of(spec: "ListSpec", user: Any) -> dict[str, Word]:
    """Every word this person may use in this list."""
    found: dict[str, Word] = {}
    for name in spec.filter_names(user):
        made = spec.filterset.base_filters[name]
        if isinstance(made, Bound):
            field = _field(spec.model, made.field_name)
            if field is not None and made.field_name not in found:
                found[made.field_name] = _range(made, field)
            if name not in found:
                found[name] = Word(name, made.label, _range_kind(made), ("=",), filter=made)
        elif isinstance(made, Kind) and made.is_word:
            found[name] = _named(spec.model, name, made)
    if spec.has_custom and not spec.hidden(user) & {"custom"}:
        for custom in ports.custom_words(spec.key):
            found[CUSTOM + custom.key] = _custom(custom)
    return found


def _range(made: Bound, field: "Field[Any, Any]") -> Word:
    operators = (*EQUAL, *ORDER, *(EMPTY if field.null else ()))
    label = _OF_RECORDS.get(field.name) or capfirst(str(field.verbose_name))
    return Word(made.field_name, label, _range_kind(made), operators, field=made.field_name)


def _range_kind(made: Bound) -> str:
    return "moment" if isinstance(made, Moment) else "day" if isinstance(made, Day) else "number"


def _named(model: type[Model], name: str, made: Kind) -> Word:
    field = _field(model, made.field_name)
    own = type(made) in (Choices, Ids, Words, Holds)  # others look further than their field
    empty = EMPTY if own and field is not None and (field.null or _is_text(field)) else ()
    if isinstance(made, Choices | Ids):
        return Word(name, made.label, "choice", (*EQUAL, *empty), filter=made, field=made.field_name)
    if isinstance(made, Words | Holds):
        like = LIKE if isinstance(made, Words) and field is not None and isinstance(field, CharField) else ()
        return Word(name, made.label, "words", (*EQUAL, *like, *empty), filter=made, field=made.field_name)
    kind = "flag" if made.field_class.__name__ == "FlagField" else "words"
    return Word(name, made.label, kind, EQUAL, filter=made)


_CUSTOM_KINDS = {
    "choice": "choice", "multi_choice": "choice", "user": "choice", "number": "number", "money": "number",
    "date": "day", "boolean": "flag",
}  # fmt: skip


def _custom(custom: ports.CustomWord) -> Word:
    kind = _CUSTOM_KINDS.get(custom.kind, "words")
    more = {"number": ORDER, "day": ORDER, "words": LIKE}.get(kind, ())
    return Word(
        CUSTOM + custom.key, custom.label, kind, (*EQUAL, *more, *EMPTY), field="custom", custom=custom
    )


def _field(model: type[Model], path: str) -> "Field[Any, Any] | None":
    """The column a filter is of, over foreign keys only; None for one that is none."""
    names = (path or "").split("__")
    for number, name in enumerate(names):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if not isinstance(field, Field) or field.many_to_many:
            return None
        if number == len(names) - 1:
            return field
        if field.related_model is None:
            return None
        model = field.related_model  # type: ignore[assignment]
    return None


def _is_text(field: "Field[Any, Any]") -> bool:
    return isinstance(field, CharField | TextField | ArrayField)


def condition_of(spec: "ListSpec", user: Any, text: str) -> Q:
    """The condition a filter text means in this list to this person; ValidationError for what it does not know."""
    return condition(spec, user, parse(text))


def condition(spec: "ListSpec", user: Any, tree: Node) -> Q:
    """The condition of a tree that was read already."""
    words = words_of(spec, user)
    tests = list(terms_of(tree))
    for test in tests:
        if test.word not in words:
            message = _("This list has no word “%(word)s” to filter by.") % {"word": test.word[:60]}
            raise ValidationError(message, code="unknown_filter")
    names = sorted({test.word for test in tests if words[test.word].filter is not None})
    rows = spec.model._default_manager.none()
    filters = spec.filterset(QueryDict(), rows, user=user, names=names)
    filters.check()
    return _Meaning(spec.model, words, filters, user).of(tree)


class _Meaning:
    def __init__(self, model: type[Model], words: Mapping[str, Word], filters: Filters, user: Any) -> None:
        self.model, self.words, self.filters, self.user = model, words, filters, user

    def of(self, tree: Node) -> Q:
        if isinstance(tree, Not):
            return ~self.of(tree.part)
        if isinstance(tree, Group):
            found = Q()
            for part in tree.parts:
                found = found | self.of(part) if tree.joint == "or" else found & self.of(part)
            return found
        return self._test(self.words[tree.word], tree)

    def _test(self, word: Word, test: Term) -> Q:
        if test.operator not in word.operators:
            message = _("“%(word)s” cannot be asked like this: %(test)s")
            raise _unreadable(message, word=word.name, test=str(test)[:80])
        if len(test.values) > MOST_VALUES:
            raise _unreadable(_("At most %(most)s values."), most=MOST_VALUES)
        if test.operator.startswith("!"):
            return ~self._asked(word, test.operator[1:], test.values)
        return self._asked(word, test.operator, test.values)

    def _asked(self, word: Word, operator: str, values: tuple[str, ...]) -> Q:
        if operator in ("empty", "filled"):
            empty = self._empty(word)
            return empty if operator == "empty" else ~empty
        if operator == "~":
            return self._like(word, values[0])
        if word.custom is not None:
            return _any(values, lambda value: _custom_asked(word, operator, value, self.user))
        if word.filter is not None:
            return self._filtered(word, values)
        return _any(values, lambda value: _compared(_of(word.field), operator, _span(word, value)))

    def _filtered(self, word: Word, values: tuple[str, ...]) -> Q:
        """By the list's own filter, which reads the values as those of an address."""
        made = self.filters.filters[word.name]
        several = isinstance(made, Choices | Ids | Words | Holds)
        if not several and len(values) > 1:
            raise _unreadable(_("“%(word)s” takes one value."), word=word.name)
        try:
            value = made.field.clean(list(values) if several else values[0])
        except ValidationError as error:
            raise _unreadable(f"{word.name}: {' '.join(error.messages)}") from None
        return made.where(value)

    def _empty(self, word: Word) -> Q:
        if word.custom is not None:
            return custom_empty(word.custom)
        field = _field(self.model, word.field)
        empty = Q(**{f"{word.field}__isnull": True})
        if isinstance(field, ArrayField):
            return empty | Q(**{word.field: []})
        return empty | Q(**{word.field: ""}) if field is not None and _is_text(field) else empty

    def _like(self, word: Word, value: str) -> Q:
        if word.custom is not None:
            return custom_like(word.custom, value)
        made = self.filters.filters[word.name]
        assert isinstance(made, Words)  # of others no fragment can be asked
        return made.like(value)


def _any(values: tuple[str, ...], made: Callable[[str], Q]) -> Q:
    found = made(values[0])
    for value in values[1:]:
        found |= made(value)
    return found


def _custom_asked(word: Word, operator: str, value: str, user: Any) -> Q:
    custom = word.custom
    assert custom is not None
    if word.kind == "flag":
        if value.lower() not in ("true", "false"):
            raise _unreadable(_("Say true or false."))
        return custom_is(custom, value.lower())
    if word.kind == "number":
        number = _number(value)
        return _compared(custom_compared(custom), operator, Span(number, number))
    if word.kind == "day":
        span = _span(word, value)
        return _compared(custom_compared(custom), operator, Span(_iso(span.start), _iso(span.end)))
    return custom_is(custom, str(user.pk) if custom.kind == "user" and value == "me" else value)


def _iso(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _span(word: Word, value: str) -> Span:
    if word.kind == "number":
        number = _number(value)
        return Span(number, number)
    if word.kind == "day":
        return days_of(value) or _day(value)
    return span_of(value) or _moment(value)


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(value) > 40 or abs(number) >= Decimal(10) ** 18:
        raise _unreadable(_("“%(value)s” is not a number."), value=value[:40])
    return number


def _day(value: str) -> Span:
    try:
        day = parse_date(value)
    except ValueError:
        day = None
    if day is None:
        raise _unreadable(_("“%(value)s” is not a day, as 2026-11-30 or last_7_days."), value=value[:40])
    return Span(day, day)


def _moment(value: str) -> Span:
    try:
        moment = MomentField(required=False).clean(value)
    except ValidationError:
        moment = None
    if moment is None:
        raise _unreadable(_("“%(value)s” is not a time, as 2026-11-30 or last_7_days."), value=value[:40])
    return moment_span(value.strip(), moment)


def _of(path: str) -> Callable[[str, Any], Q]:
    return lambda lookup, value: Q(**{f"{path}__{lookup}": value})


def _compared(asked: Callable[[str, Any], Q], operator: str, span: Span) -> Q:
    """A value against a span: within it, before it, or after it as a whole."""
    start, end = span.start, span.end
    if start == end:
        lookup = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[operator]
        return asked(lookup, start)
    if operator == "=":
        return (asked("gte", start) if start is not None else Q()) & asked("lt", end)
    if start is None and operator in ("<", ">="):
        raise _unreadable(_("A time that is open at its beginning can only be equal."))
    lookup, bound = {"<": ("lt", start), "<=": ("lt", end), ">": ("gte", end), ">=": ("gte", start)}[operator]
    return asked(lookup, bound)


def _unreadable(message: str, **params: Any) -> ValidationError:
    return ValidationError(message, code="invalid", params=params or None)
