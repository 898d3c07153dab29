"""What can be wrong with a card, in words for the person who sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

FAULTS = {
    "card_not_closed": _("The card does not end before the next one begins, or the file does."),
    "card_too_large": _("The card is larger than %(limit)d MB."),
    "card_too_many_properties": _("The card has more than %(limit)d entries."),
    "card_unknown_charset": _("The entry %(property)s names the character set “%(charset)s”, which we do not know."),
    "card_undecodable": _("The entry %(property)s is not readable as %(charset)s."),
    "card_bad_encoding": _("The entry %(property)s is damaged: it does not hold what it says."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a card cannot be taken: a code of `FAULTS` and what its words need."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The reason in the reader's language."""
        return str(FAULTS[self.code]) % self.params


class Unreadable(Exception):
    """A value that cannot be read; ends the card it stands in."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.fault = Fault(code, params)
