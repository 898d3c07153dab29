"""Values of custom fields in words, as a reader of this language takes them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.web import figures
from salesflow.lib.web.ports import workspace
from salesflow.lib.web.times import exact
from salesflow.people.models import User
from salesflow.work.custom_reading import EMPTY


class CustomSaid:
    """Says values for one page; the names of people are read once, when the first is asked for.

    What is not of its field's kind, such as a text that an import kept, is said as it is.
    """

    def __call__(self, word: CustomWord, value: Any) -> str:
        if value in EMPTY:
            return ""
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, list):
            return ", ".join(word.choice_said(str(each)) for each in value)
        if isinstance(value, Mapping):
            return _amount(value)
        if word.kind == "user" and isinstance(value, int):
            return self._people.get(value, str(value))
        if word.kind == "choice":
            return word.choice_said(str(value))
        if word.kind == "date":
            return _day(str(value))
        if word.kind == "number" and isinstance(value, int | float):
            return figures.number(value, 6)
        return str(value)

    @cached_property
    def _people(self) -> dict[int, str]:
        return dict(User.objects.values_list("pk", "name"))


def custom_people(user: User) -> list[tuple[str, str]]:
    """The active colleagues whom this person may name, by id and name."""
    rows = User.objects.visible_to(user).active().order_by("name", "pk")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def is_link(word: CustomWord, value: Any) -> bool:
    """Whether a value may stand in a page as a link: an address of the web, and nothing that a browser would run."""
    return word.kind == "link" and str(value).startswith(("https://", "http://"))


def _amount(value: Mapping[str, Any]) -> str:
    try:
        amount = Decimal(str(value.get("amount")))
    except InvalidOperation:
        return str(value.get("amount"))
    return figures.money(amount, str(value.get("currency") or ""), base=workspace().base_currency)


def _day(value: str) -> str:
    try:
        return exact(date.fromisoformat(value))
    except ValueError:
        return value
