"""Who listens to which event. Later apps subscribe in their `subscribers.py`; nothing here imports them."""

from collections import defaultdict
from collections.abc import Callable

from salesflow.journal.models import Event

Handler = Callable[[Event], None]
_by_kind: dict[str, list[str]] = defaultdict(list)
_handlers: dict[str, Handler] = {}


def on(*kinds: str) -> Callable[[Handler], Handler]:
    """Hear these kinds of event: called after commit, at least once, inside a transaction of its own.

    The delivery row is finished in the same transaction as the handler's effect, so the effect happens once.
    """

    def subscribe(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__qualname__}"
        _handlers[name] = handler
        for kind in kinds:
            if name not in _by_kind[kind]:
                _by_kind[kind].append(name)
        return handler

    return subscribe


def subscribers_of(kind: str) -> list[str]:
    return _by_kind.get(kind, [])


def handler_of(name: str) -> Handler | None:
    return _handlers.get(name)
