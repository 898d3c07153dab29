"""Files leave by one way: as attachments under their names, shut in, for those alone who see their record."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from salesflow.files.models import Attachment
from tests.api.conftest import Caller
from tests.files import samples

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]
Browse = Callable[..., Client]


def shut_in(answer: Any) -> bool:
    policy = answer.headers["Content-Security-Policy"]
    return (
        "sandbox" in policy
        and "default-src 'none'" in policy
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Cache-Control"] == "private, no-store"
        and answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        and answer.headers["X-Frame-Options"] == "DENY"
    )


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_file_is_saved_and_never_shown_in_place_by_either_door(
    attach: Attach, call: Callable[..., Caller], browse: Browse
) -> None:
    attachment = attach(b"Our claims: <b>bold</b> <script>", "claims.txt")
    ways = (
        call("alice").get(f"attachments/{attachment.pk}/download/"),
        browse("alice").get(reverse("file-download", args=[attachment.pk])),
    )
    for answer in ways:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="claims.txt"'
        assert answer.headers["Content-Type"] == "text/plain"
        assert shut_in(answer)
        assert content(answer) == b"Our claims: <b>bold</b> <script>"


@pytest.mark.parametrize(
    ("name", "plain"),
    [("报价单.txt", "-.txt"), ('a"b;c.txt', "a-b-c.txt"), ("50 %.txt", "50-.txt"), ("é'(1)*.txt", "-1-.txt")],
)
def test_names_in_any_script_arrive_as_they_are(
    attach: Attach, browse: Browse, name: str, plain: str
) -> None:
    attachment = attach(b"hello", "x.txt")
    Attachment.objects.filter(pk=attachment.pk).update(name=name)
    told = browse("alice").get(reverse("file-download", args=[attachment.pk])).headers["Content-Disposition"]
    assert told.isascii() and "\n" not in told
    assert told.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert unquote(told.rpartition("''")[2]) == name


def test_pictures_of_it_are_shown_in_place_and_are_our_own(
    attach: Attach, browse: Browse, call: Callable[..., Caller]
) -> None:
    attachment = attach(samples.picture("GIF", (500, 100)), "a.gif")
    alice = browse("alice")
    for way, width in (("file-picture", 500), ("file-thumbnail", 320)):
        answer = alice.get(reverse(way, args=[attachment.pk]))
        assert answer.headers["Content-Type"] == "image/webp" and shut_in(answer)
        assert "attachment" not in answer.headers.get("Content-Disposition", "")
        assert samples.opened(content(answer)).size[0] == width
    assert (
        samples.opened(content(call("alice").get(f"attachments/{attachment.pk}/picture/"))).format == "WEBP"
    )
    assert call("alice").get(f"attachments/{attachment.pk}/thumbnail/").status_code == 200
    text = attach(b"hello")
    assert alice.get(reverse("file-thumbnail", args=[text.pk])).status_code == 404
    assert call("alice").get(f"attachments/{text.pk}/picture/").status_code == 404


def test_the_page_of_a_file_shows_what_is_known_of_it(attach: Attach, browse: Browse) -> None:
    attachment = attach(samples.pdf(), "offer.pdf")
    alice = browse("alice")
    page = alice.get(attachment.get_absolute_url())
    html = page.content.decode()
    assert attachment.file.sha256 in html and "PDF document" in html and "Arbor Medical" in html
    assert reverse("file-picture", args=[attachment.pk]) in html
    assert "sandbox" not in page.headers["Content-Security-Policy"]
    assert "There is no preview" in alice.get(attach(b"hello").get_absolute_url()).content.decode()


def test_what_the_store_has_lost_is_not_found_and_no_fault(
    attach: Attach, browse: Browse, call: Callable[..., Caller], folder: Path
) -> None:
    attachment = attach(b"hello")
    (Path(folder) / attachment.file.path).unlink()
    assert browse("alice").get(reverse("file-download", args=[attachment.pk])).status_code == 404
    assert call("alice").get(f"attachments/{attachment.pk}/download/").json()["code"] == "not_found"


def test_a_token_for_other_things_opens_no_file(attach: Attach, call: Callable[..., Caller]) -> None:
    attachment = attach(b"hello")
    address = f"attachments/{attachment.pk}/download/"
    assert call("alice", "customers:read").get(address).status_code == 403
    assert call("alice", "attachments:read").get(address).status_code == 200


def test_changing_takes_a_post(attach: Attach, browse: Browse, cast: SimpleNamespace) -> None:
    attachment = attach(b"hello")
    alice = browse("alice")
    for way in ("file-remove", "file-restore"):
        assert alice.get(reverse(way, args=[attachment.pk])).status_code == 405
    assert alice.get("/files/add/").status_code == 405
    assert alice.post(reverse("file-download", args=[attachment.pk])).status_code == 405
