"""Three kinds of refusal: ValidationError (input), PermissionDenied (who), Conflict (state). Anything else is a bug."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["Conflict", "PermissionDenied", "ValidationError", "require"]


#: What every problem answer says of itself; `extra` of a Conflict stands beside these.
MEMBERS = frozenset({"type", "title", "status", "detail", "code", "instance", "errors"})


class Conflict(Exception):
    """The record's state does not allow the deed now: 409 over REST, a kind message on a page.

    `code` is stable and machine-readable (`already_claimed`), `message` is for people, `extra` travels beside
    them in the answer (such as the `matches` of a duplicate).
    """

    def __init__(self, code: str, message: str | Promise, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        taken = MEMBERS & set(extra or {})
        if taken:
            raise ValueError(f"the answer has these members already: {sorted(taken)}")
        self.code = code
        self.message = message
        self.extra = dict(extra or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def require(allowed: bool, message: str | Promise | None = None) -> None:
    """Go on only if the policy allowed it; raises PermissionDenied otherwise."""
    if not allowed:
        raise PermissionDenied(str(message or _("You may not do this.")))
