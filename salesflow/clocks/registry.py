"""Which metrics there are and what happens at their steps. Stages register theirs in `AppConfig.ready`.

An effect gets a batch of clocks of one metric and works set-based. It runs in the same transaction as the change of
its clocks, which are locked and already changed when it is called. The law for it:

- Doors lock the record first and its clock second, the sweep holds the clock first. So an effect locks records with
  SKIP LOCKED and returns the ids of the clocks it handled; the others stay as they were and come again.
- It may be called again for the same clocks after a failure, in smaller batches; it must leave nothing outside the
  database.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesflow.clocks.models import Clock


@dataclass(frozen=True)
class Done:
    """What an effect did: `ids` of the clocks handled (None is all), and numbers to add to the sweep's result."""

    ids: Iterable[int] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


Outcome = Done | Iterable[int] | None


@dataclass(frozen=True)
class Metric:
    """One kind of deadline.

    `on_warn(clocks, percent)` and `on_due(clocks)` are the effects; `late` says whether something that comes after
    the end still meets the clock (both times set) or finds it closed.
    """

    name: str
    on_warn: Callable[[list["Clock"], int], Outcome] | None = None
    on_due: Callable[[list["Clock"]], Outcome] | None = None
    late: bool = True


_metrics: dict[str, Metric] = {}


def register(
    metric: str,
    *,
    on_warn: Callable[[list["Clock"], int], Outcome] | None = None,
    on_due: Callable[[list["Clock"]], Outcome] | None = None,
    late: bool = True,
) -> Metric:
    """Make a metric known; registering it again replaces it."""
    _metrics[metric] = Metric(metric, on_warn, on_due, late)
    return _metrics[metric]


def metric_of(name: str) -> Metric:
    """The metric of that name. Raises LookupError when no stage has registered it."""
    try:
        return _metrics[name]
    except KeyError:
        raise LookupError(f"no stage has registered the metric {name!r}") from None


def metrics() -> list[str]:
    return sorted(_metrics)
