"""Files on their way in: measured while they arrive, and kept where a killed process leaves nothing of them.

Every upload of the product passes here, before the view and its rights are asked (a form's token is among its
fields). A view says how much it takes with `takes_files`; one that says nothing takes a single attachment. Of what
strangers send to pages for people nothing is kept.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

#: What the other fields of a form and the boundaries between its parts may add to the files.
FORM_BYTES = 1 << 20
IN_MEMORY = 1 << 20

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Allowance:
    """What a view takes: files no larger than the setting of that name says, and so many at once."""

    setting: str = "FILE_MAX_BYTES"
    files: int = 1

    @property
    def bytes(self) -> int:
        return int(getattr(settings, self.setting))


def takes_files(allowance: Allowance) -> Callable[[View], View]:
    """Decorate a view to say what it takes; a REST resource has it as `upload_allowance`."""

    def said(view: View) -> View:
        view.upload_allowance = allowance  # type: ignore[attr-defined]
        return view

    return said


def anonymous_file() -> IO[bytes]:
    """A file without a name on the disk of the store: whatever becomes of the process, nothing of it is left."""
    return tempfile.TemporaryFile(dir=_folder())


def too_large(limit: int) -> ValidationError:
    words = _("This file is too large: at most %(limit)s are taken.") % {"limit": filesizeformat(limit)}
    return ValidationError({"file": ValidationError(words, code="too_large")})


class TooLargeFile(UploadedFile):
    """Stands in the place of a file that was not kept; whoever reads it is told why."""

    def __init__(self, limit: int, **facts: Any) -> None:
        super().__init__(**facts)
        self.limit = limit

    def chunks(self, chunk_size: int | None = None) -> Any:
        raise too_large(self.limit)

    def read(self, *args: Any) -> bytes:
        raise too_large(self.limit)


class MeasuredUpload(FileUploadHandler):
    """Refuses a body that is larger than the view takes before it is read, and keeps no file beyond its limit.

    A file that is too large is counted to its end, so that the other fields of the form are read all the same and
    the view can say which file it was.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        view = getattr(getattr(self.request, "resolver_match", None), "func", None)
        allowed = getattr(getattr(view, "cls", view), "upload_allowance", None) or Allowance()
        if content_length > allowed.bytes * allowed.files + FORM_BYTES:
            raise RequestDataTooBig(f"more than {allowed.files} times {allowed.bytes} bytes")
        self.limit = 0 if _is_strangers(self.request, view) else allowed.bytes

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=_folder())  # noqa: SIM115

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= self.limit:
            self.kept.write(raw_data)
        elif start <= self.limit:
            self.kept.seek(0)
            self.kept.truncate()

    def file_complete(self, file_size: int) -> UploadedFile:
        facts: dict[str, Any] = {
            "file": self.kept,
            "name": self.file_name,
            "content_type": self.content_type,
            "size": file_size,
            "charset": self.charset,
            "content_type_extra": self.content_type_extra,
        }
        return TooLargeFile(self.limit, **facts) if file_size > self.limit else UploadedFile(**facts)

    def upload_interrupted(self) -> None:
        if hasattr(self, "kept"):
            self.kept.close()


def _folder() -> str:
    """On the disk of the store, not in /tmp, which may be memory."""
    os.makedirs(settings.MEDIA_ROOT, mode=0o700, exist_ok=True)
    return str(settings.MEDIA_ROOT)


def _is_strangers(request: Any, view: Any) -> bool:
    """Whether nobody is signed in on a page that asks for it. REST doors ask before they read."""
    if hasattr(view, "cls") or not getattr(view, "login_required", True):
        return False
    return not getattr(getattr(request, "user", None), "is_authenticated", False)
