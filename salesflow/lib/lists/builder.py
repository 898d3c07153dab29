"""Building a filter on the page of a list, one condition after the other, with plain forms.

The form sends `add_word`, and then `add_operator`, `add_value` and `add_joint` with it; the page answers with the
address that holds the filter so made. Each condition that holds is a chip, with the address of the list without it.
"""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.lib.lists import ports
from salesflow.lib.lists.conditions import Word, words_of
from salesflow.lib.lists.controls import options_drawn, options_of
from salesflow.lib.lists.language import Group, Node, Not, Term, joined, parts_of, without
from salesflow.lib.lists.relative import OFFERED
from salesflow.lib.lists.request import ListRequest

ADDING = ("add_word", "add_operator", "add_value", "add_joint")
_SAID = {
    "=": gettext_lazy("is"),
    "!=": gettext_lazy("is not"),
    "~": gettext_lazy("contains"),
    "!~": gettext_lazy("does not contain"),
    "empty": gettext_lazy("is empty"),
    "filled": gettext_lazy("is not empty"),
}
_COMPARED = {
    "<": gettext_lazy("less than"),
    "<=": gettext_lazy("at most"),
    ">": gettext_lazy("more than"),
    ">=": gettext_lazy("at least"),
}
_IN_TIME = {
    "<": gettext_lazy("before"),
    "<=": gettext_lazy("until"),
    ">": gettext_lazy("after"),
    ">=": gettext_lazy("from"),
}


@dataclass(frozen=True)
class Chip:
    """A condition in words, with the address of the list without it; `parts` are those of which any must hold."""

    text: str
    url: str
    parts: list["Chip"] = field(default_factory=list)


class Builder:
    """What the filter of a page says, and the form that adds to it."""

    def __init__(self, wanted: ListRequest, word: str = "") -> None:
        self.wanted, self.chosen = wanted, word

    @cached_property
    def words(self) -> dict[str, Word]:
        return words_of(self.wanted.spec, self.wanted.user)

    @cached_property
    def groups(self) -> list[tuple[str, str]]:
        """The words to choose from, by their labels."""
        known = ((name, str(word.label)) for name, word in self.words.items() if _is_offered(name, word))
        return sorted(known, key=lambda each: each[1].lower())

    @property
    def groups_drawn(self) -> SafeString:
        return options_drawn(tuple(self.groups), self.chosen)

    @property
    def word(self) -> Word | None:
        return self.words.get(self.chosen)

    @property
    def operators(self) -> list[tuple[str, Any]]:
        word = self.word
        return [(each, operator_said(word, each)) for each in word.operators] if word else []

    @property
    def options(self) -> list[tuple[str, Any]]:
        return _options(self.word, self.wanted.user) if self.word else []

    @property
    def input_type(self) -> str:
        """How a value is typed where it is not chosen; times take words (`today`) and days alike."""
        return "number" if self.word and self.word.kind == "number" else "text"

    @property
    def suggestions(self) -> tuple[tuple[str, Any], ...]:
        return OFFERED if self.word and self.word.kind in ("moment", "day") else ()

    @property
    def text(self) -> str:
        return self.wanted.params.get("filter", "")

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The rest of the address, carried along by the forms of this filter."""
        return [
            (name, value)
            for name, values in self.wanted.params.lists()
            if name not in ("filter", "cursor", "page_size")
            for value in values
            if value
        ]

    @cached_property
    def chips(self) -> list[Chip]:
        return [self._chip(part) for part in parts_of(self.wanted.tree)]

    def _chip(self, part: Node) -> Chip:
        alternatives = parts_of(part, "or")
        if len(alternatives) > 1 and all(isinstance(each, Term) for each in alternatives):
            return Chip("", self._address(part), [self._chip(each) for each in alternatives])
        return Chip(self._said(part), self._address(part))

    def _said(self, part: Node) -> str:
        if isinstance(part, Not):
            return _("not (%(part)s)") % {"part": self._said(part.part)}
        if isinstance(part, Group):
            joint = f" {_('or')} " if part.joint == "or" else f" {_('and')} "
            said = (self._said(each) for each in part.parts)
            return joint.join(f"({text})" if isinstance(each, Group) else text
                              for text, each in zip(said, part.parts, strict=True))  # fmt: skip
        word = self.words[part.word]
        known = {str(value): label for value, label in _options(word, self.wanted.user)}
        known |= dict(OFFERED) if word.kind in ("moment", "day") else {}
        values = ", ".join(str(known.get(value, value)) for value in part.values)
        return f"{word.label} {operator_said(word, part.operator)} {values}".strip()

    def _address(self, gone: Node) -> str:
        tree = self.wanted.tree
        return address_with(self.wanted.params, without(tree, gone) if tree is not None else None)


def added(params: QueryDict, tree: Node | None) -> Node | None:
    """The tree with the condition the form sent; None as long as it is not whole.

    `add_joint` is `and`, or `or` for an alternative to the last condition.
    """
    word, operator = params.get("add_word", "").strip(), params.get("add_operator", "=")
    values = tuple(value.strip() for value in params.getlist("add_value") if value.strip())
    if not word or (not values and operator not in ("empty", "filled")):
        return None
    new = Term(word, operator, () if operator in ("empty", "filled") else values)
    if params.get("add_joint") != "or" or tree is None:
        return joined("and", tree, new)
    parts = parts_of(tree)
    return joined("and", *parts[:-1], joined("or", parts[-1], new))


def address_with(params: QueryDict, tree: Node | None) -> str:
    """The address of the list with this filter instead, at its first page."""
    kept = params.copy()
    for name in (*ADDING, "cursor", "filter"):
        kept.pop(name, None)
    if tree is not None:
        kept["filter"] = str(tree)
    return f"?{kept.urlencode()}"


def operator_said(word: Word, operator: str) -> Any:
    """What an operator is called where it stands with this word."""
    if operator in _SAID:
        return _SAID[operator]
    return (_IN_TIME if word.kind in ("moment", "day") else _COMPARED)[operator]


def _is_offered(name: str, word: Word) -> bool:
    """Ends of ranges are left to their fields, which compare."""
    return not (word.filter is not None and word.kind in ("moment", "day", "number"))


def _options(word: Word, user: Any) -> list[tuple[str, Any]]:
    if word.custom is not None:
        if word.kind == "flag":
            return [("true", _("Yes")), ("false", _("No"))]
        if word.custom.kind == "user":
            return [("me", _("Me")), *ports.custom_people(user)]
        choices = (*word.custom.choices, *word.custom.retired) if word.kind == "choice" else ()
        return [(choice, word.custom.choice_said(choice)) for choice in choices]
    return options_of(word.filter, user) if word.filter is not None else []


def read_addition(wanted: ListRequest) -> str | None:
    """Where a sent condition leads to; None while the form is not whole. Raises ValidationError for what is none."""
    tree = added(wanted.params, wanted.tree)
    if tree is None:
        return None
    if "\x00" in str(tree):
        raise ValidationError(_("Null characters are not allowed."), code="null_characters_not_allowed")
    return address_with(wanted.params, tree)
