"""A row of a file as values: what its texts say of days, amounts and truths, and why it cannot be taken."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.lib.moments import moment_read
from salesflow.lib.money import number_read
from salesflow.lib.tabular.header import plain
from salesflow.work.custom_reading import NO, YES
from salesflow.work.imports import RowDraft


class Refused(Exception):
    """Why a row cannot be taken, as a whole."""


@dataclass
class Given:
    """A row as values of its kind's fields, and the keys by which its record is known, strongest first."""

    draft: RowDraft
    values: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    #: The record this one belongs to, where its kind has such.
    parent: Any = None


def faults_told(draft: RowDraft, error: ValidationError) -> None:
    """What the checks of a record say, by field."""
    if hasattr(error, "error_dict"):
        for name, messages in error.message_dict.items():
            for message in messages:
                draft.refuse(name, message)
    else:
        for message in error.messages:
            draft.refuse("", message)


def truth_of(row: Given, name: str) -> bool | None:
    text = row.draft.text(name).casefold()
    if text and text not in YES | NO:
        row.draft.refuse(name, _("Say yes or no here."))
    return text in YES if text in YES | NO else None


def day_of(row: Given, name: str) -> date | None:
    """A day, as sheets write it: 2026-11-30, 2026/11/30, with a time behind it or not."""
    text = row.draft.text(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-").replace("T", " ").split(" ")[0])
    except ValueError:
        row.draft.refuse(name, _("A date is needed here, as 2026-11-30."))
        return None


def amount_of(row: Given, name: str) -> Decimal | None:
    text = row.draft.text(name)
    if not text:
        return None
    try:
        return number_read(text.replace(" ", "").lstrip("¥￥$€£"))
    except ValueError:
        row.draft.refuse(name, _("An amount of money is needed here."))
        return None


def moment_of(row: Given, name: str, zone: tzinfo, at: time) -> datetime | None:
    """A moment, as 2026-11-30 09:30, in this zone unless it names its own; a day alone means `at` of it."""
    text = row.draft.text(name)
    try:
        return moment_read(text, zone, at) if text else None
    except ValueError:
        row.draft.refuse(name, _("A day and a time are needed here, as 2026-11-30 09:30."))
        return None


def choice_of(row: Given, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    """Set one of the choices, named by its code or as it is called in any language."""
    text = plain(row.draft.text(name))
    if not text:
        return
    called: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            called |= {plain(str(label)): code for code, label in choices}
    called |= {plain(code): code for code, _label in choices}
    if text in called:
        row.values[name] = called[text]
    else:
        message = _("One of these is needed here: %(choices)s.")
        row.draft.refuse(name, message % {"choices": ", ".join(code for code, _label in choices)})


def kept_plain(value: Any) -> Any:
    """A value as the outcome of a row keeps it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
