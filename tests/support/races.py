"""Two things at the same moment: threads with connections of their own, made to meet between check and write."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from salesflow.lib.errors import Conflict


class Meeting:
    """Where threads wait for one another once, as long as nothing holds one of them up."""

    def __init__(self, people: int = 2, seconds: float = 1.0) -> None:
        self.barrier, self.seconds = threading.Barrier(people), seconds
        self.been = threading.local()

    def __call__(self) -> None:
        if getattr(self.been, "here", False):
            return
        self.been.here = True
        try:
            self.barrier.wait(self.seconds)
        except threading.BrokenBarrierError:
            return

    def after(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, and then the meeting."""

        def both(*args: Any, **values: Any) -> Any:
            result = function(*args, **values)
            self()
            return result

        return both


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in threads with connections of their own; the result or the exception of each."""
    results: list[Any] = [None] * len(deeds)

    def run(place: int) -> None:
        try:
            results[place] = deeds[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def codes(results: list[Any]) -> list[str]:
    """`""` for who succeeded, the code of a conflict for who was told, the class of anything else."""
    return sorted(
        error.code
        if isinstance(error, Conflict)
        else type(error).__name__
        if isinstance(error, Exception)
        else ""
        for error in results
    )
