"""Configuration kept in each process's memory, valid for one revision of the workspace.

Rules, policies and models are read on every deed and changed once a month. A process keeps what it made of them
under the revision at which it read them; every service that changes configuration calls `config_changed`, in the
same transaction. One small query per unit of work tells the revision.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import BigIntegerField, F, Func
from django.db.models.functions import Greatest, Now

from salesflow.lib.prepared import Statement
from salesflow.lib.web import ports
from salesflow.people.models import Workspace

Made = TypeVar("Made")
_kept: dict[str, tuple[int, Any]] = {}
_MICROSECONDS = Func(
    template="(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", output_field=BigIntegerField()
)


def config_hold() -> None:
    """Take the row that `config_changed` moves, for the rest of the transaction.

    Whoever changes configuration and locks other rows before he tells it holds this one first: changes of
    configuration come one after the other, and none waits for another while it holds what that one needs.
    """
    Workspace.objects.select_for_update(no_key=True).values_list("pk").get(pk=1)


def config_changed() -> None:
    """Tell all processes that configuration changed; to be called inside the transaction of the change.

    It locks a row: before any other is locked it is called, or `config_hold` is.

    The revision is a time in microseconds, never given twice: a process that kept what it read in a transaction that
    was rolled back would otherwise take the next change for that one.
    """
    revision = Greatest(F("config_revision") + 1, _MICROSECONDS)
    Workspace.objects.filter(pk=1).update(config_revision=revision, updated_at=Now())


def config_revision() -> int:
    """The present revision; written out, since every deed asks and building a query costs more than running it."""
    return _REVISION.rows()[0][0]


_REVISION = Statement("SELECT config_revision FROM people_workspace WHERE id = 1")


def shown_revision() -> int:
    """The revision as this request has read it with the workspace: good enough for what a page only shows."""
    return ports.workspace().config_revision  # type: ignore[attr-defined]


def configured(key: str, make: Callable[[], Made], *, revision: int | None = None) -> Made:
    """What `make()` gave at the present revision; made again once the revision moved.

    Callers that need several pieces read the revision once and pass it to each.
    """
    now = config_revision() if revision is None else revision
    held = _kept.get(key)
    if held is not None and held[0] == now:
        return held[1]
    made = make()
    _kept[key] = (now, made)
    return made
