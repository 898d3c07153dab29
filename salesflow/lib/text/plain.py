"""Text that can be stored."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def text_plain(value: Any) -> str:
    """The value as a text; nothing is an empty one.

    Raises ValidationError "invalid" for what is none, "control_characters" for what PostgreSQL or JSON cannot keep.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValidationError(_("Text is needed here."), code="invalid")
    text = str(value)
    if text.isprintable():  # neither control characters nor halves of surrogate pairs
        return text
    if not _CONTROL.search(text):
        try:
            text.encode()
            return text
        except UnicodeEncodeError:
            pass
    raise ValidationError(_("This holds characters that cannot be stored."), code="control_characters")
