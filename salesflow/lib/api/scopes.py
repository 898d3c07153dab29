"""What a token may be used for: `read`, `write`, or `<resource>:read|write`. Sessions have no such limit."""

from collections.abc import Iterable
from typing import Any

READING = ("GET", "HEAD", "OPTIONS")


def needed(method: str, resource: str) -> tuple[str, str]:
    """The two scopes either of which lets a request through; writing does not include reading."""
    verb = "read" if method in READING else "write"
    return verb, f"{resource}:{verb}"


def allows(token: Any, method: str, resource: str) -> bool:
    """Whether this token covers the request; without a token (a session) everything is covered."""
    if token is None:
        return True
    given: Iterable[str] = token.scopes
    return any(scope in given for scope in needed(method, resource))
