"""Facts the pages need from apps to the right of the library; `people` fills the slots when it is ready."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Workspace(Protocol):
    """The part of the workspace settings that pages read."""

    name: str
    language: str
    time_zone: str
    base_currency: str
    week_start: int
    config_revision: int


class _Plain:
    """Stands in until an app gives the real settings."""

    name = "SalesFlow"
    language = "en"
    time_zone = "UTC"
    base_currency = "CNY"
    week_start = 0
    config_revision = 0


_workspace: Callable[[], Workspace] = _Plain
_keep: Callable[..., Any] | None = None


def fill(*, workspace: Callable[[], Workspace], keep_preferences: Callable[..., Any]) -> None:
    """Name the function that reads the workspace and the one that keeps a user's own preferences.

    `keep_preferences(user=…, by=…, language=…)` is called with one or more of language, time_zone, theme.
    """
    global _workspace, _keep
    _workspace, _keep = workspace, keep_preferences


#: What this request has read of the workspace; None outside of pages that only read.
_read_once: ContextVar[list[Workspace] | None] = ContextVar("workspace_read_once", default=None)


@contextmanager
def workspace_read_once() -> Iterator[None]:
    """Within this block, which changes no settings, `workspace` asks the database once."""
    token = _read_once.set([])
    try:
        yield
    finally:
        _read_once.reset(token)


def workspace() -> Workspace:
    """The workspace's settings; a page draws dozens of amounts and moments by them."""
    kept = _read_once.get()
    if kept is None:
        return _workspace()
    if not kept:
        kept.append(_workspace())
    return kept[0]


def keep_preferences(user: Any, **values: str) -> None:
    """Keep what a signed-in user chose for himself; for others the cookie is all there is."""
    if _keep is not None and user.is_authenticated:
        _keep(user=user, by=user, **values)
