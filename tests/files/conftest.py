"""Alice and Bob sell under Mona, Charlie elsewhere; a store of the test's own, and ways to send files."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from contacts.models import Customer
from salesflow.files.models import Attachment
from salesflow.files.services import attachment_add
from salesflow.people.models import User
from tests.api.conftest import Caller, call, cast
from tests.support.pages import browse

__all__ = ["browse", "call", "cast"]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """The store of this test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def customer(cast: SimpleNamespace) -> Customer:
    """One of Alice's."""
    return Customer.objects.create(name="Arbor Medical", owner=cast.alice)


@pytest.fixture
def attach(cast: SimpleNamespace, customer: Customer) -> Callable[..., Attachment]:
    """`attach(content, "offer.pdf")` is Alice's file on her customer."""

    def attached(
        content: bytes, name: str = "x.txt", *, by: User | None = None, on: Any = None
    ) -> Attachment:
        file = SimpleUploadedFile("x", content)
        file._name = name  # as a mailbox or another door may name it: nobody has cleaned it
        return attachment_add(subject=on or customer, by=by or cast.alice, file=file)

    return attached


def send(caller: Caller, subject: Any, content: bytes, called: str = "x.txt", **more: Any) -> Any:
    """POST a file over REST."""
    headers = more.pop("headers", None)
    kind = more.pop("content_type", "application/octet-stream")
    body = {
        "subject_type": subject._meta.label_lower,
        "subject_id": subject.pk,
        "file": SimpleUploadedFile(called, content, content_type=kind),
        **more,
    }
    data = encode_multipart(BOUNDARY, body)
    return caller.generic("POST", "attachments/", data, MULTIPART_CONTENT, headers=headers)


def stored(folder: Path) -> list[str]:
    """The names of all files in the store, half written ones too."""
    return sorted(path.name for path in Path(folder).glob("**/*") if path.is_file())
