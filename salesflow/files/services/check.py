"""Whether the store has what the rows name; nothing but a backup can bring back what it has lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.storage import default_storage

from salesflow.files import store
from salesflow.files.models import StoredFile
from salesflow.files.services.add import digest


@dataclass(frozen=True)
class Fault:
    """One content that is not what its row says: `what` is missing, size or digest."""

    id: int
    path: str
    what: str


def contents_check(*, compare: bool = False) -> Iterator[StoredFile | Fault]:
    """Each stored file as it is looked at, and each fault found with it; `compare` reads every content through."""
    for stored in StoredFile.objects.order_by("pk").iterator():
        yield stored
        for ending in ("", store.LARGE, store.SMALL) if stored.has_picture else ("",):
            what = _fault(stored, ending, compare)
            if what:
                yield Fault(stored.pk, stored.path + ending, what)


def _fault(stored: StoredFile, ending: str, compare: bool) -> str:
    """Of pictures to look at only that they are there is known."""
    path = stored.path + ending
    if not default_storage.exists(path):
        return "missing"
    if ending:
        return ""
    if default_storage.size(path) != stored.size:
        return "size"
    return "digest" if compare and _digest(store.opened(path)) != stored.sha256 else ""


def _digest(content: IO[bytes]) -> str:
    with content:
        return digest(content)
