"""Values of custom fields in SQL: one expression for each kind, by which filters compare and indexes are made.

What is not of its field's kind (a text that an import kept) has no value in it, and is never an error.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import BooleanField, DecimalField, F, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from salesflow.lib.lists.ports import CustomWord

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LOOKUPS: dict[str, Any] = {
    "exact": Exact,
    "lt": LessThan,
    "lte": LessThanOrEqual,
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
}
#: Kinds that have an order; all others are asked for equality.
SORTED = ("number", "money", "date")
_HELD = "%(expressions)s -> '%(key)s'"
_TEXT = "(%(expressions)s ->> '%(key)s')"
_DAY = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
#: What a kind is compared by. Days are kept so that they sort as texts.
_TEMPLATES = {
    "number": f"(CASE WHEN jsonb_typeof({_HELD}) = 'number' THEN {_TEXT}::numeric END)",
    "money": f"(CASE WHEN jsonb_typeof({_HELD}) = 'object' THEN ({_HELD} ->> 'amount')::numeric END)",
    "date": f'(CASE WHEN {_TEXT} ~ {_DAY} THEN {_TEXT} END COLLATE "C")',
}


def custom_sql(word: CustomWord) -> Func:
    """The expression a field is compared by."""
    numeric = word.kind in ("number", "money")
    output = DecimalField(max_digits=30, decimal_places=10, null=True) if numeric else TextField(null=True)
    return _func(word.key, _TEMPLATES.get(word.kind, _TEXT), output)


def custom_json(word: CustomWord) -> Func:
    """The value as it is kept."""
    return _func(word.key, f"({_HELD})", JSONField())


def _func(key: str, template: str, output: Any) -> Func:
    """A key becomes a word of the statement, as an index must have it: only what cannot mean anything else does."""
    if _KEY.fullmatch(key) is None:
        raise ValueError(key)
    return Func(F("custom"), template=template, key=key, output_field=output)


def custom_compared(word: CustomWord) -> Callable[[str, Any], Q]:
    """What compares the field with a value, so that its negation holds where the record has none."""
    found = custom_sql(word)
    return lambda lookup, value: Q(IsNull(found, False)) & Q(_LOOKUPS[lookup](found, value))


def custom_is(word: CustomWord, value: str) -> Q:
    """Whether the field holds this choice, text, truth or person; among others, where it holds several."""
    if word.kind == "multi_choice":
        found = custom_json(word)
        return Q(IsNull(found, False)) & Q(_holds(found, value))
    return custom_compared(word)("exact", value)


def custom_like(word: CustomWord, value: str) -> Q:
    found = custom_sql(word)
    return Q(IsNull(found, False)) & Q(IContains(found, value))


def custom_empty(word: CustomWord) -> Q:
    text = _func(word.key, _TEXT, TextField())
    return Q(In(Coalesce(text, Value(""), output_field=TextField()), ["", "[]"]))


def _holds(found: Func, value: str) -> Func:
    listed = Value([value], JSONField())
    return Func(found, listed, template="(%(expressions)s)", arg_joiner=" @> ", output_field=BooleanField())
