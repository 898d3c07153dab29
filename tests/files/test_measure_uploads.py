"""Uploads are measured while they arrive: too much is refused unread, one file too large does not spoil the others."""

import io
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import Customer
from salesflow.files.models import Attachment
from salesflow.files.services import attachment_add
from salesflow.lib.uploads import FORM_BYTES, MeasuredUpload
from tests.api.conftest import Caller, caller_of, codes, make_cast
from tests.files.conftest import send, stored
from tests.support.pages import told

KB = 1024


@pytest.fixture(autouse=True)
def small_limit(settings: Any) -> None:
    settings.FILE_MAX_BYTES = 100 * KB


@pytest.mark.django_db
def test_a_file_up_to_the_limit_is_taken_and_one_byte_more_is_not(
    call: Callable[..., Caller], customer: Customer, folder: Path
) -> None:
    alice = call("alice")
    assert send(alice, customer, b"a" * 100 * KB).status_code == 201
    refused = send(alice, customer, b"b" * (100 * KB + 1))
    assert (refused.status_code, codes(refused)) == (400, [("file", "too_large")])
    assert "100.0\xa0KB" in refused.json()["detail"]
    keyed = send(alice, customer, b"b" * (100 * KB + 1), headers={"Idempotency-Key": "k"})
    assert (keyed.status_code, codes(keyed)) == (400, [("file", "too_large")])
    assert len(stored(folder)) == 1


@pytest.mark.django_db
def test_more_than_can_be_meant_is_a_413_by_either_door(
    call: Callable[..., Caller], browse: Callable[..., Client], customer: Customer, folder: Path
) -> None:
    data = b"a" * (FORM_BYTES + 200 * KB)
    refused = send(call("alice"), customer, data)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    form = {"subject_type": "contacts.customer", "subject_id": customer.pk}
    large = SimpleUploadedFile("a.txt", data + b"a" * KB * KB)
    page = browse("alice").post("/files/add/", {**form, "file": large})
    assert page.status_code == 413 and "That is too large" in page.content.decode()
    assert stored(folder) == [] and not Attachment.objects.exists()


@pytest.mark.django_db
def test_one_file_too_large_does_not_spoil_the_others(
    browse: Callable[..., Client], customer: Customer
) -> None:
    form = {"subject_type": "contacts.customer", "subject_id": customer.pk}
    files = [SimpleUploadedFile("large.txt", b"a" * 101 * KB), SimpleUploadedFile("small.txt", b"hello")]
    answer = browse("alice").post("/files/add/", {**form, "file": files})
    assert "large.txt: This file is too large" in told(answer) and "1 file is attached." in told(answer)
    assert Attachment.objects.get().name == "small.txt"


@pytest.mark.django_db
def test_other_doors_are_measured_too(cast: SimpleNamespace, customer: Customer) -> None:
    """A file that did not come by the web and does not tell its size, such as one out of a mailbox."""

    class Endless:
        name = "a.txt"
        given = 0

        def chunks(self) -> Any:
            while True:
                self.given += 1
                yield b"a" * KB

    file = Endless()
    with pytest.raises(ValidationError, match="too large"):
        attachment_add(subject=customer, by=cast.alice, file=file)
    assert file.given == 101, "no more is read than needed"


@pytest.mark.django_db
def test_imports_have_a_limit_of_their_own(
    browse: Callable[..., Client], cast: SimpleNamespace, settings: Any
) -> None:
    table = b"company_name\n" + b"Arbor Medical\n" * 20_000
    assert len(table) > 2 * settings.FILE_MAX_BYTES
    answer = browse("admin").post(reverse("leads:import-new"), {"file": SimpleUploadedFile("a.csv", table),
                                                          "on_duplicate": "skip", "assignment": "rules"})  # fmt: skip
    assert answer.status_code == 302, answer.content
    settings.IMPORT_MAX_BYTES = 50 * KB
    refused = browse("admin").post(reverse("leads:import-new"), {"file": SimpleUploadedFile("a.csv", table),
                                                           "on_duplicate": "skip", "assignment": "rules"})  # fmt: skip
    assert refused.status_code == 400 and "too large" in refused.content.decode()


@pytest.mark.django_db
def test_of_what_strangers_send_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    real = MeasuredUpload.file_complete

    def watched(self: MeasuredUpload, size: int) -> Any:
        kept.append(self.kept.seek(0, io.SEEK_END))
        return real(self, size)

    monkeypatch.setattr(MeasuredUpload, "file_complete", watched)
    cast = make_cast()
    stranger = Client(enforce_csrf_checks=True)  # a form's token is looked for in what was sent
    stranger.get("/sign-in/")
    token = {"csrfmiddlewaretoken": stranger.cookies["csrftoken"].value}
    answer = stranger.post("/files/add/", {**token, "file": SimpleUploadedFile("a.txt", b"a" * 50 * KB)})
    assert answer.status_code == 302 and "/sign-in/" in answer.headers["Location"]
    assert stored(folder) == []
    insider = Client()
    insider.force_login(cast.alice)
    insider.post("/files/add/", {"file": SimpleUploadedFile("a.txt", b"a" * 50 * KB)})
    assert kept == [0, 50 * KB], "what somebody sends who is signed in is kept"


@pytest.mark.django_db(transaction=True)
def test_a_gigabyte_that_is_only_declared_is_refused_at_once(live_server: Any) -> None:
    """Not a byte of it is waited for; over a real connection, since a test client sends what it declares."""
    cast = make_cast()
    secret = caller_of(cast.alice).defaults["HTTP_AUTHORIZATION"]
    place = urlsplit(live_server.url)
    head = (
        f"POST /api/v1/attachments/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: {secret}\r\n"
        f"Content-Length: {1024**3}\r\nContent-Type: multipart/form-data; boundary=edge\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(200).startswith(b"HTTP/1.1 413")


def test_large_files_wait_in_files_without_a_name(folder: Path) -> None:
    upload = MeasuredUpload()
    upload.handle_raw_input(None, {}, 1000, b"edge")
    upload.limit = 10 * KB * KB
    upload.new_file("file", "a.bin", "text/plain", None)
    upload.receive_data_chunk(b"a" * (3 * KB * KB), 0)
    file = upload.file_complete(3 * KB * KB)
    link = os.readlink(f"/proc/self/fd/{file.fileno()}")
    assert link.startswith(str(folder)) and link.endswith("(deleted)")
    assert stored(folder) == []
    assert sum(len(chunk) for chunk in file.chunks()) == file.size == 3 * KB * KB
    file.close()
