"""Files are renamed, removed and brought back; nothing is destroyed by it, and each deed is told once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Customer
from salesflow.files.models import Attachment
from salesflow.journal.models import Event
from salesflow.work.services.changes import Change
from salesflow.work.services.timeline import timeline
from tests.api.conftest import Caller, codes
from tests.files import samples
from tests.files.conftest import stored
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="files.").order_by("pk").values_list("kind", flat=True))


def test_a_file_is_removed_with_a_way_back(
    attach: Attach, browse: Callable[..., Client], customer: Customer, folder: Path
) -> None:
    attachment = attach(b"hello", "plan.txt")
    alice = browse("alice")
    answer = alice.post(reverse("file-remove", args=[attachment.pk]), follow=True)
    html = answer.content.decode()
    assert "“plan.txt” is removed." in html
    assert f'action="{reverse("file-restore", args=[attachment.pk])}"' in html
    assert reverse("file-download", args=[attachment.pk]) not in html
    for page in ("file", "file-download", "file-rename"):
        assert alice.get(reverse(page, args=[attachment.pk])).status_code == 404
    assert stored(folder), "the content stays"
    back = alice.post(reverse("file-restore", args=[attachment.pk]))
    assert back.headers["Location"] == f"{customer.get_absolute_url()}#files"
    assert "“plan.txt” is back." in told(back)
    assert alice.get(reverse("file-download", args=[attachment.pk])).status_code == 200
    assert kinds() == ["files.attached", "files.removed", "files.restored"]


def test_over_rest_delete_archives_and_restore_brings_back(
    attach: Attach, call: Callable[..., Caller]
) -> None:
    attachment = attach(b"hello")
    alice, address = call("alice"), f"attachments/{attachment.pk}/"
    assert alice.delete(address, headers={"If-Match": '"7"'}).status_code == 412
    assert alice.delete(address, headers={"If-Match": '"1"'}).status_code == 204
    assert alice.get(address).status_code == 404
    assert alice.get(f"{address}download/").status_code == 404
    archived = alice.get("attachments/?archived=true").json()["results"]
    assert [row["id"] for row in archived] == [attachment.pk]
    restored = alice.post(f"{address}restore/")
    assert (restored.status_code, restored.json()["version"]) == (200, 3)
    assert alice.get(f"{address}download/").status_code == 200


def test_removing_twice_is_told_once(attach: Attach, call: Callable[..., Caller]) -> None:
    attachment = attach(b"hello")
    alice, address = call("alice"), f"attachments/{attachment.pk}/"
    assert alice.delete(address).status_code == 204
    assert alice.delete(address).status_code == 404
    for _turn in range(2):
        assert alice.post(f"{address}restore/").status_code == 200
    assert kinds() == ["files.attached", "files.removed", "files.restored"]


def test_a_file_is_called_otherwise_but_stays_what_it_is(
    attach: Attach, browse: Callable[..., Client]
) -> None:
    attachment = attach(samples.pdf(), "scan0001.pdf")
    alice, address = browse("alice"), reverse("file-rename", args=[attachment.pk])
    assert 'value="scan0001.pdf"' in alice.get(address).content.decode()
    answer = alice.post(address, {"name": "报价.exe"})
    assert answer.headers["Location"] == attachment.get_absolute_url()
    assert Attachment.objects.get().name == "报价.exe.pdf"
    event = Event.objects.get(kind="files.renamed")
    assert event.private.data["changes"] == {"name": ["scan0001.pdf", "报价.exe.pdf"]}
    assert "scan" not in str(event.data)
    alice.post(address, {"name": "报价.exe.pdf"})
    assert kinds() == ["files.attached", "files.renamed"]


def test_the_timeline_tells_what_became_of_it_and_can_be_narrowed_to_that(
    attach: Attach, browse: Callable[..., Client], customer: Customer
) -> None:
    attachment = attach(samples.pdf(), "scan.pdf")
    alice = browse("alice")
    alice.post(reverse("file-rename", args=[attachment.pk]), {"name": "offer"})
    alice.post(reverse("file-remove", args=[attachment.pk]))
    place = {"subject_type": "contacts.customer", "subject_id": customer.pk}
    told = [(entry.text, entry.body, entry.told) for entry in timeline(**place, part="files").entries]
    assert told == [
        ("File removed", "offer.pdf", []),
        ("File renamed", "offer.pdf", [Change("Name", "scan.pdf", "offer.pdf")]),
        ("File attached", "offer.pdf", []),
    ]
    assert timeline(**place, part="changes").entries == []
    assert len(timeline(**place).entries) == 3
    assert "File renamed" in alice.get(f"{customer.get_absolute_url()}?show=files").content.decode()


@pytest.mark.parametrize("name", ["", "  ", "\u202e\u200b", "x" * 256])
def test_a_name_that_is_none_is_said_at_its_field(
    attach: Attach, browse: Callable[..., Client], call: Callable[..., Caller], name: str
) -> None:
    attachment = attach(b"hello")
    answer = browse("alice").post(reverse("file-rename", args=[attachment.pk]), {"name": name})
    assert answer.status_code == 400 and answer.context["form"].errors["name"]
    refused = call("alice").patch(f"attachments/{attachment.pk}/", {"name": name})
    assert refused.status_code == 400 and codes(refused)[0][0] == "name"
    assert Attachment.objects.get().name == "x.txt"


def test_over_rest_only_the_name_changes(attach: Attach, call: Callable[..., Caller]) -> None:
    attachment = attach(b"hello")
    alice, address = call("alice"), f"attachments/{attachment.pk}/"
    answer = alice.patch(address, {"name": "plan", "size": 7, "by": None})
    assert (answer.status_code, answer.json()["name"], answer.json()["size"]) == (200, "plan.txt", 5)
    assert answer.headers["ETag"] == '"2"'
    assert alice.put(address, {"name": "other"}).json()["name"] == "other.txt"
    assert alice.put(address, {}).status_code == 400
