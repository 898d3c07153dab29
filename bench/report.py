"""Figures: printed as they come, with the goal and the bare baseline beside them."""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.instance import Instance, cpu_seconds


@dataclass
class Figure:
    """One line: `value` in `unit`; `baseline` the same kind of work done barely; `goal` in words."""

    name: str
    value: float
    unit: str
    goal: str = ""
    baseline: float | None = None
    baseline_name: str = ""
    note: str = ""
    #: Processor time of the web and database processes per turn, in milliseconds.
    cpu: float | None = None

    def __str__(self) -> str:
        parts = [f"{self.name}: {_number(self.value)} {self.unit}"]
        if self.cpu is not None:
            parts.append(f"CPU {_number(self.cpu)} ms")
        if self.goal:
            parts.append(f"goal {self.goal}")
        if self.baseline is not None:
            ratio = self.value / self.baseline if self.baseline else 0
            parts.append(f"{self.baseline_name} {_number(self.baseline)} {self.unit}, ratio {ratio:.2f}")
        if self.note:
            parts.append(self.note)
        return " | ".join(parts)


class Report:
    """What one command measured, with the load of the machine at its beginning and end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.figures: list[Figure] = []
        self.load = [os.getloadavg()[0]]

    def say(self, name: str, value: float, unit: str, **more: Any) -> None:
        figure = Figure(name, value, unit, **more)
        self.figures.append(figure)
        print(figure, flush=True)

    def remark(self, text: str) -> None:
        print(f"  {text}", flush=True)

    def end(self, path: Path | None) -> None:
        self.load.append(os.getloadavg()[0])
        print(
            f"load average {self.load[0]:.1f} before, {self.load[1]:.1f} after; {os.cpu_count()} processors"
        )
        if path is not None:
            figures = [asdict(figure) for figure in self.figures]
            path.write_text(json.dumps({"name": self.name, "load": self.load, "figures": figures}, indent=1))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def median_ms(act: Callable[[], Any], *, times: int = 40, warm: int = 5) -> float:
    """The median of so many turns in milliseconds, after some that are not counted."""
    for _turn in range(warm):
        act()
    taken = []
    for _turn in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


@contextmanager
def processor_time(instance: Instance, turns: int) -> Iterator[dict[str, Any]]:
    """Fills `cpu` (milliseconds per turn) for `Report.say`: it says more than the clock on a machine that is busy."""
    found: dict[str, Any] = {}
    began = cpu_seconds(instance)
    yield found
    found["cpu"] = (cpu_seconds(instance) - began) * 1000 / turns


def asked_ms(instance: Instance, act: Callable[[], Any], *, times: int = 40, warm: int = 5) -> dict[str, Any]:
    """What `Report.say` takes of a request repeated so often: the median wait, and the processor time of each."""
    median_ms(act, times=warm, warm=0)
    with processor_time(instance, times) as found:
        found["value"] = median_ms(act, times=times, warm=0)
    return {**found, "unit": "ms"}


def seconds_of(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
