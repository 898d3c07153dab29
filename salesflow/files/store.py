"""Where contents lie: under random names in folders by day, each with its pictures beside it.

Names say nothing of the content, and nothing is ever written twice. The store is Django's default one: a folder of
this machine, or whatever `STORAGES` names.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

FOLDER = "attachments"
LARGE, SMALL = ".large.webp", ".small.webp"
log = logging.getLogger(__name__)


def put(body: IO[bytes], large: IO[bytes] | None, small: IO[bytes] | None) -> str:
    """Keep a content with its pictures; gives its path. Whole or not at all."""
    path = f"{FOLDER}/{datetime.now(UTC):%Y%m%d}/{secrets.token_hex(16)}"
    try:
        for ending, content in (("", body), (LARGE, large), (SMALL, small)):
            if content is not None:
                default_storage.save(path + ending, File(content))
    except BaseException:
        take_out(path)
        raise
    return path


def take_out(path: str) -> None:
    """Remove what lies under this path. What cannot be removed now, the sweep will."""
    for ending in ("", LARGE, SMALL):
        try:
            default_storage.delete(path + ending)
        except Exception as error:  # each kind of store has its own
            log.warning("%s could not be removed: %s", path + ending, error)


def opened(path: str) -> IO[bytes]:
    """The content, to be read; FileNotFoundError if the store has lost it."""
    return default_storage.open(path, "rb")


def days() -> list[str]:
    """The folders there are, oldest first; each is named after its day."""
    with suppress(FileNotFoundError):
        return sorted(default_storage.listdir(FOLDER)[0])
    return []


def files_of(day: str) -> Iterator[tuple[str, str]]:
    """Each file of a day: the path its content has or had, and its own."""
    for name in default_storage.listdir(f"{FOLDER}/{day}")[1]:
        yield f"{FOLDER}/{day}/{name.partition('.')[0]}", f"{FOLDER}/{day}/{name}"
