"""Several at once: the same content is kept once, a file is removed once, and killed processes leave nothing."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from contacts.models import Customer
from salesflow.files.models import Attachment, StoredFile
from salesflow.files.services import add, attachment_add, attachment_remove
from salesflow.journal.models import Event
from tests.api.conftest import make_cast
from tests.files.conftest import stored
from tests.support.instance import Instance
from tests.support.waiting import wait_until

AT_ONCE = 4


def at_once(deed: Callable[[int], Any]) -> list[Any]:
    """What each of several threads got, or the exception it met."""
    gate, got = threading.Barrier(AT_ONCE), []

    def run(number: int) -> None:
        try:
            gate.wait(20)
            got.append(deed(number))
        except Exception as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return got


@pytest.mark.django_db(transaction=True)
def test_the_same_content_sent_by_several_at_once_is_kept_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = make_cast()
    customer = Customer.objects.create(name="Arbor", owner=cast.alice)
    gate, real = threading.Barrier(AT_ONCE), add._attach

    def together(*args: Any, **kwargs: Any) -> Attachment:
        gate.wait(20)  # each has looked for the content, found none, and stored its own
        assert len(stored(folder)) >= AT_ONCE
        gate.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(add, "_attach", together)
    got = at_once(
        lambda number: attachment_add(
            subject=customer, by=cast.alice, file=SimpleUploadedFile(f"{number}.txt", b"the same")
        )
    )
    assert all(isinstance(each, Attachment) for each in got), got
    assert (Attachment.objects.count(), StoredFile.objects.count()) == (AT_ONCE, 1)
    assert stored(folder) == [Path(StoredFile.objects.get().path).name]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_several_remove_at_once_is_removed_once(folder: Path) -> None:
    """Shown with the guard removed in the same test: an update that asks for no state is made by each of them."""
    cast = make_cast()
    customer = Customer.objects.create(name="Arbor", owner=cast.alice)
    attachment = attachment_add(subject=customer, by=cast.alice, file=SimpleUploadedFile("a.txt", b"x"))
    unguarded = at_once(lambda number: Attachment.objects.filter(pk=attachment.pk).update(archived_at=None))
    assert unguarded == [1] * AT_ONCE
    at_once(lambda number: attachment_remove(attachment=attachment, by=cast.alice))
    assert Event.objects.filter(kind="files.removed").count() == 1
    assert Attachment.objects.get().version == 2


@pytest.mark.processes
def test_an_upload_whose_process_is_killed_leaves_nothing(live_instance: Instance) -> None:
    """Half a large file is on its way, kept by the web server; then it is killed."""
    live_instance.env["SALESFLOW_PASSWORD"] = "a long enough one"
    live_instance.manage("create_admin", "ada@example.com")
    secret = live_instance.manage("create_token", "ada@example.com", "--scope", "write").stdout.strip()
    files = live_instance.data / "files"
    place = urlsplit(live_instance.url)
    head = (
        "POST /api/v1/attachments/ HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {secret}\r\nContent-Length: 20000000\r\n"
        "Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection_:
        connection_.sendall(head.encode() + b"hello world, " * 500_000)
        wait_until(lambda: open_without_a_name(live_instance, files), "the half of the file is on the disk")
        live_instance.kill("web")
    wait_until(lambda: not open_without_a_name(live_instance, files), "nothing of it is open any more")
    live_instance.wait_healthy()
    assert [path for path in files.glob("**/*") if path.is_file()] == []
    assert live_instance.sql("SELECT count(*) FROM files_storedfile") == [(0,)]


def open_without_a_name(instance: Instance, folder: Path) -> list[str]:
    """Files of the folder that processes of the instance hold open although nobody could find them."""
    found = []
    for pid in instance.pids():
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if (
                target.startswith(str(folder))
                and target.endswith(" (deleted)")
                and link.stat().st_size > 1_000_000
            ):
                found.append(target)
    return found
