"""What an administrator sets up for a real company, step by step: each app registers its own.

register(Step("teams", _("Teams"), _("…"), 40, teams_found, "admin:people_team_changelist"))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.urls import reverse
from django.utils.functional import Promise

#: `done`, `look` (it works with what it came with: worth a look), `todo`.
State = Literal["done", "look", "todo"]


@dataclass(frozen=True)
class Found:
    """How a step stands, and in words what there is."""

    state: State
    said: str


@dataclass(frozen=True)
class Step:
    """One thing to set up: what it is for, how it stands, and the page where it is done."""

    key: str
    title: str | Promise
    why: str | Promise
    order: int
    look: Callable[[], Found]
    page: str


@dataclass(frozen=True)
class Standing:
    """A step as it stands now."""

    step: Step
    found: Found
    url: str


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    """Add a step; the same key again replaces it."""
    _steps[step.key] = step


def standings() -> list[Standing]:
    """All steps in order, each as it stands now."""
    steps = sorted(_steps.values(), key=lambda step: step.order)
    return [Standing(step, step.look(), reverse(step.page)) for step in steps]
