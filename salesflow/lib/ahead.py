"""Preparing the next piece of work while the present one waits for the database."""

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.utils import translation

Item = TypeVar("Item")


def one_ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The same items, each made in a thread while the one before is being worked on; never more than one waits.

    Making them speaks the caller's language and must not touch the database: the thread would open a connection of
    its own. Close the generator when leaving early.
    """
    source, language, done = iter(items), translation.get_language(), object()

    def following() -> object:
        with translation.override(language):
            return next(source, done)

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        upcoming = thread.submit(following)
        while (item := upcoming.result()) is not done:
            upcoming = thread.submit(following)
            yield item  # type: ignore[misc]
