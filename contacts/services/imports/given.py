"""A row of a file as values: what its texts say of days, amounts and truths, and why it cannot be taken."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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
    customer: Any = None


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
        amount = Decimal(text.replace(",", "").replace(" ", "").lstrip("¥￥$€£"))
        if not amount.is_finite():
            raise ValueError
    except (InvalidOperation, ValueError):
        row.draft.refuse(name, _("An amount of money is needed here."))
        return None
    return amount
