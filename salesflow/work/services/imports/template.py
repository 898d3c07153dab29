"""The file to fill in: a column per field, a row that shows what goes where, and notes that explain each."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.lib.lists.ports import CustomWord
from salesflow.work.imports import CUSTOM, ImportKind
from salesflow.work.services.imports.mapping import kind_words, target_names

#: What a column of each kind of custom field takes.
_KINDS = {
    "text": gettext_lazy("Text of up to 2,000 characters."),
    "number": gettext_lazy("A number, as 1200 or 4.5."),
    "money": gettext_lazy("An amount, with its currency where it is another than the workspace's: 1200.50 EUR."),
    "date": gettext_lazy("A date, as 2026-11-30."),
    "choice": gettext_lazy("One of: %(choices)s."),
    "multi_choice": gettext_lazy("One or more of these, separated by commas: %(choices)s."),
    "boolean": gettext_lazy("yes or no."),
    "link": gettext_lazy("A web address, as https://www.example.com."),
    "user": gettext_lazy("A colleague, by e-mail address, name or id."),
}  # fmt: skip
_EXAMPLES = {
    "number": "12", "money": "1200.50 CNY", "date": "2026-11-30", "boolean": "yes", "link": "https://www.example.com",
}  # fmt: skip


def template_rows(kind: ImportKind) -> list[list[str]]:
    """The header, and one row that shows what goes where; keys that would meet a record are left empty."""
    examples = [each.example for each in kind.targets] + [_example(word) for word in kind_words(kind)]
    return [target_names(kind), examples]


def template_choices(kind: ImportKind) -> dict[str, list[str]]:
    """What the drop-downs of the template offer; other values may be typed all the same."""
    known = {each.name: list(each.choices()) for each in kind.targets if each.choices}
    return known | custom_choices(kind_words(kind))


def custom_choices(words: Sequence[CustomWord]) -> dict[str, list[str]]:
    found = {}
    for word in words:
        if word.kind == "choice":
            found[f"{CUSTOM}{word.key}"] = list(word.choices)
        elif word.kind == "boolean":
            found[f"{CUSTOM}{word.key}"] = ["yes", "no"]
    return found


def template_notes(kind: ImportKind) -> list[list[str]]:
    """What each column takes, for the notes sheet; first what holds for all of them."""
    required = {name for group in kind.needs if len(group) == 1 for name in group}
    rows = [[_("Every column"), every_column()]]
    for each in kind.targets:
        rows.append([each.name, _said(str(each.label), str(each.note), needed=each.name in required)])
    return rows + custom_notes(kind_words(kind))


def every_column() -> str:
    return _(
        "An empty cell leaves what a record holds. Columns may stand in any order and be left out; "
        "the first row names them."
    )


def custom_notes(words: Sequence[CustomWord]) -> list[list[str]]:
    """What the columns of custom fields take."""
    rows = []
    for word in words:
        takes = str(_KINDS.get(word.kind, "")) % {"choices": ", ".join(word.choices)}
        rows.append([f"{CUSTOM}{word.key}", _said(word.label, takes, needed=word.required)])
    return rows


def _said(label: str, note: str, *, needed: bool) -> str:
    parts = [f"{label}.", _("New records need it.") if needed else "", note]
    return " ".join(part for part in parts if part)


def _example(word: CustomWord) -> str:
    return (
        word.choices[0]
        if word.kind in ("choice", "multi_choice") and word.choices
        else _EXAMPLES.get(word.kind, "")
    )
