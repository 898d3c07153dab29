"""Facts the pages need from apps to the right of the library; `people` fills the slots when it is ready."""

from collections.abc import Callable
from typing import Any, Protocol


class Workspace(Protocol):
    """The part of the workspace settings that pages read."""

    name: str
    language: str
    time_zone: str
    base_currency: str
    week_start: int


class _Plain:
    """Stands in until an app gives the real settings."""

    name = "SalesFlow"
    language = "en"
    time_zone = "UTC"
    base_currency = "CNY"
    week_start = 0


_workspace: Callable[[], Workspace] = _Plain
_keep: Callable[..., Any] | None = None


def fill(*, workspace: Callable[[], Workspace], keep_preferences: Callable[..., Any]) -> None:
    """Name the function that reads the workspace and the one that keeps a user's own preferences.

    `keep_preferences(user=…, by=…, language=…)` is called with one or more of language, time_zone, theme.
    """
    global _workspace, _keep
    _workspace, _keep = workspace, keep_preferences


def workspace() -> Workspace:
    return _workspace()


def keep_preferences(user: Any, **values: str) -> None:
    """Keep what a signed-in user chose for himself; for others the cookie is all there is."""
    if _keep is not None and user.is_authenticated:
        _keep(user=user, by=user, **values)
