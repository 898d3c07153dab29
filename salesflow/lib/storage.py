"""The store of files on this machine's disk."""

import os
from typing import Any

from django.core.files.storage import FileSystemStorage

UNFINISHED = ".part"


class WholeFiles(FileSystemStorage):
    """A file appears under its name when all of it is safe on the disk, or not at all.

    It is written beside its place first; what a killed process leaves there ends with `.part`. What is refused
    while it is read leaves nothing.
    """

    def _save(self, name: str, content: Any) -> str:
        try:
            part: str = super()._save(name + UNFINISHED, content)  # type: ignore[misc]
        except BaseException:
            self.delete(name + UNFINISHED)
            raise
        _sync(self.path(part))
        os.replace(self.path(part), self.path(name))
        _sync(os.path.dirname(self.path(name)))
        return name


def _sync(path: str) -> None:
    """Wait until the file or folder has reached the disk: a row may name it after a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
