"""How a list is declared a board: its lanes, and the deeds that take a card from one into another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Move:
    """A way into the lane `to` out of the lanes `of`: a POST to `url_name`, which takes the record's key.

    With `asks` the deed has a form of its own (a reason, a person), which is opened first. The first move into a lane
    that a person is `allowed` is his; whether this record may make it is for the service to say.
    """

    to: str
    url_name: str
    label: Text
    of: tuple[str, ...]
    asks: bool = False
    allowed: Callable[[Any], bool] = lambda user: True


@dataclass(frozen=True)
class Board:
    """A list shown by a state: a lane for each of `lanes`, cards with the columns of `card`, line by line.

    `by` is the field and the filter of the state, `kinds` the tints of its values; `amount` (in `currency`) is summed.
    """

    by: str
    lanes: Sequence[tuple[str, Text]]
    card: Sequence[tuple[str, ...]]
    moves: Sequence[Move] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    amount: str = ""
    currency: str = "currency"
