"""Files are attached to records: known by their content, kept once, named safely, told on the timeline."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.models import Customer
from salesflow.files.content.kinds import KINDS
from salesflow.files.models import Attachment, StoredFile
from salesflow.journal.models import Event
from salesflow.work.services import task_create
from salesflow.work.services.timeline import timeline
from tests.api.conftest import Caller, codes
from tests.files import samples
from tests.files.conftest import send, stored
from tests.leads.cast import lead_of
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]
Call = Callable[..., Caller]

TAKEN = {
    "png": samples.picture("PNG"),
    "jpeg": samples.picture("JPEG"),
    "gif": samples.picture("GIF"),
    "webp": samples.picture("WEBP"),
    "pdf": samples.pdf(),
    "docx": samples.office("docx"),
    "xlsx": samples.office("xlsx"),
    "pptx": samples.office("pptx"),
    "odt": samples.open_document("text"),
    "ods": samples.open_document("spreadsheet"),
    "odp": samples.open_document("presentation"),
    "txt": "Grüße aus 苏州\n".encode(),
    "csv": b"a,b\n1,2\n",
    "md": b"# Plan\n\n* one\n",
    "vcf": samples.CARD,
    "ics": samples.DATE,
    "eml": samples.MAIL,
    "mp3": samples.mp3(),
    "m4a": samples.mp4(b"soun"),
    "wav": samples.wav(),
}


def test_every_kind_that_is_taken_stands_here() -> None:
    assert set(TAKEN) == set(KINDS)


@pytest.mark.parametrize("code", TAKEN)
def test_each_kind_is_known_by_its_content_and_comes_out_as_it_went_in(
    attach: Attach, call: Call, code: str
) -> None:
    kind, content = KINDS[code], TAKEN[code]
    attachment = attach(content, f"mine.{kind.endings[0]}")
    assert (attachment.kind, attachment.name) == (code, f"mine.{kind.endings[0]}")
    shown = call("alice").get(f"attachments/{attachment.pk}/").json()
    assert (shown["kind"], shown["media_type"]) == (code, kind.media_type)
    assert shown["has_picture"] is (kind.family == "picture" or code == "pdf")
    answer = call("alice").get(f"attachments/{attachment.pk}/download/")
    assert answer.headers["Content-Type"] == kind.media_type
    body = b"".join(answer.streaming_content)
    assert body == content or kind.family == "picture"
    assert shown["size"] == len(body) == int(answer.headers["Content-Length"])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("Preis: 5 €".encode("utf-16"), "txt"),
        ("中文,价格\n".encode("gb18030"), "txt"),
        ("\ufeffa;b\n".encode(), "txt"),
        (samples.mp3(tag=b""), "mp3"),
        (samples.mp4(b"soun", brand=b"isom"), "m4a"),
        (b"\n begin:vcard\nVERSION:4.0\n", "vcf"),
        (b"The word From: stands here\n", "txt"),
    ],
)
def test_other_forms_of_the_same_kinds_are_known_too(attach: Attach, content: bytes, kind: str) -> None:
    assert attach(content, "x").kind == kind


def test_a_name_or_a_type_that_lies_changes_nothing(call: Call, customer: Customer) -> None:
    answer = send(
        call("alice"), customer, samples.picture("PNG"), "report.pdf", content_type="application/pdf"
    )
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["name"]) == ("png", "report.pdf.png")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\win.ini", "win.ini.pdf"),
        ("C:\\Users\\li\\报价 2026.PDF", "报价 2026.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("a\x00b\n\tc.pdf", "ab c.pdf"),
        ("zero\u200bwidth\ufeff.pdf", "zerowidth.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("CON.pdf", "_CON.pdf"),
        (" . . ", "file.pdf"),
        ("", "file.pdf"),
        (".pdf", "file.pdf"),
        ("\ud800.pdf", "file.pdf"),
        ("长" * 300, "长" * 65 + ".pdf"),
        ("x" * 5000 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_are_made_safe_and_stay_readable(attach: Attach, sent: str, kept: str) -> None:
    attachment = attach(samples.pdf(), sent)
    assert attachment.name == kept
    assert len(kept.encode()) <= 200


def test_the_same_content_is_kept_once_whoever_sends_it(
    attach: Attach, cast: SimpleNamespace, folder: Path
) -> None:
    lead = lead_of(cast.bob)
    first = attach(samples.pdf(), "offer.pdf")
    second = attach(samples.pdf(), "Angebot.pdf", by=cast.bob, on=lead)
    assert first.file == second.file and first.name != second.name
    assert StoredFile.objects.count() == 1
    assert len(stored(folder)) == 3, "the content and two pictures of it"


def test_the_store_names_nothing_by_what_people_sent(attach: Attach, folder: Path) -> None:
    attachment = attach(b"hello", "secret plan.txt")
    assert stored(folder) == [Path(attachment.file.path).name]
    assert len(attachment.file.path.rpartition("/")[2]) == 32
    assert (Path(folder) / attachment.file.path).read_bytes() == b"hello"


def test_who_attached_what_stands_on_the_timeline_with_a_way_to_it(
    attach: Attach, cast: SimpleNamespace, customer: Customer, call: Call, browse: Callable[..., Client]
) -> None:
    attachment = attach(samples.pdf(), "报价.pdf")
    event = Event.objects.get(kind="files.attached")
    assert (event.subject_type, event.subject_id, event.actor) == (
        "contacts.customer",
        customer.pk,
        cast.alice,
    )
    assert event.data == {"attachment": attachment.pk, "kind": "pdf"}, "no name: names are personal"
    entry = timeline(subject_type="contacts.customer", subject_id=customer.pk).entries[0]
    assert (entry.text, entry.body, entry.url) == ("File attached", "报价.pdf", attachment.get_absolute_url())
    page = browse("alice").get(customer.get_absolute_url()).content.decode()
    assert page.count(f'href="{attachment.get_absolute_url()}"') == 2, (
        "in the list of files and on the timeline"
    )
    call("alice").delete(f"attachments/{attachment.pk}/")
    entry = timeline(subject_type="contacts.customer", subject_id=customer.pk).entries[0]
    assert (entry.text, entry.body, entry.url) == ("File removed", "报价.pdf", "")


def test_files_on_the_timeline_cost_one_statement(
    attach: Attach, customer: Customer, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        attach(b"text %d" % number)
    with django_assert_num_queries(3):
        timeline(subject_type="contacts.customer", subject_id=customer.pk)


def test_several_files_are_dropped_on_a_page_and_each_is_told_of(
    browse: Callable[..., Client], customer: Customer
) -> None:
    files = [
        SimpleUploadedFile("a.txt", b"one"),
        SimpleUploadedFile("b.exe", samples.PROGRAM),
        SimpleUploadedFile("c.png", samples.picture()),
    ]
    about = {"subject_type": "contacts.customer", "subject_id": customer.pk}
    answer = browse("alice").post("/files/add/", {**about, "file": files})
    assert answer.headers["Location"] == f"{customer.get_absolute_url()}#files"
    assert "2 files are attached." in told(answer)
    assert "b.exe: Programs and scripts are not taken." in told(answer)
    page = browse("alice").get(customer.get_absolute_url()).content.decode()
    assert "a.txt" in page and "c.png" in page and "b.exe" not in page
    many = [SimpleUploadedFile(f"{n}.txt", b"%d" % n) for n in range(12)]
    crowd = browse("alice").post("/files/add/", {**about, "file": many})
    assert "10 files are attached." in told(crowd) and "Only the first 10 were taken." in told(crowd)
    nothing = browse("alice").post("/files/add/", about)
    assert (nothing.status_code, told(nothing)) == (302, "Choose a file first.")


def test_files_hang_on_leads_customers_contacts_opportunities_and_tasks(
    cast: SimpleNamespace, customer: Customer, browse: Callable[..., Client]
) -> None:
    from contacts.models import Contact, Opportunity

    task = task_create(by=None, assignee=cast.alice, title="Ring Wang")
    opportunity = Opportunity.objects.create(name="Scanner", customer=customer, owner=cast.alice)
    pages = [lead_of(cast.alice), customer, opportunity, task]
    alice = browse("alice")
    for record in [*pages, Contact.objects.create(name="Li Wei", customer=customer)]:
        about = {"subject_type": record._meta.label_lower, "subject_id": record.pk}
        sent = SimpleUploadedFile(f"{record._meta.model_name}.txt", b"x %d" % record.pk)
        answer = alice.post("/files/add/", {**about, "file": sent})
        assert answer.status_code == 302, record
        if record in pages:
            assert f"{record._meta.model_name}.txt" in alice.get(record.get_absolute_url()).content.decode()
    assert Attachment.objects.count() == 5


def test_a_task_takes_files_but_no_tasks_and_notes(cast: SimpleNamespace, call: Call) -> None:
    task = task_create(by=None, assignee=cast.alice, title="Ring Wang")
    assert send(call("alice"), task, b"hello").status_code == 201
    about = {"subject_type": "task", "subject_id": task.pk}
    assert call("alice").post("notes/", {**about, "body": "x"}).status_code == 403
    assert call("alice").post("tasks/", {**about, "title": "x"}).status_code == 403


def test_a_key_repeats_the_first_answer_of_an_upload(call: Call, customer: Customer) -> None:
    key = {"Idempotency-Key": "upload-1"}
    alice = call("alice")
    first = send(alice, customer, b"hello", "a.txt", headers=key)
    again = send(alice, customer, b"hello", "a.txt", headers=key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    other = send(alice, customer, b"other", "a.txt", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Attachment.objects.count() == 1


def test_over_rest_it_is_told_what_is_missing_or_wrong(call: Call, customer: Customer) -> None:
    alice = call("alice")
    assert codes(alice.post("attachments/", {"subject_type": "customer", "subject_id": customer.pk})) == [
        ("file", "required")
    ]
    assert codes(send(alice, customer, b"")) == [("file", "empty")]
    assert codes(send(alice, customer, b"x", owner=1)) == [("owner", "unknown_field")]
    assert codes(send(alice, SimpleNamespace(pk=1, _meta=SimpleNamespace(label_lower="x.y")), b"x")) == [
        ("subject_type", "unknown_subject")
    ]
    named = send(alice, customer, b"x", "a.txt", name="plan")
    assert (named.status_code, named.json()["name"]) == (201, "plan.txt")
    assert named.headers["ETag"] == '"1"'


def test_a_record_lists_its_files_page_by_page(attach: Attach, call: Call, cast: SimpleNamespace) -> None:
    made = [attach(b"text %d" % number, f"{number}.txt").pk for number in range(3)]
    attach(b"elsewhere", by=cast.bob, on=lead_of(cast.bob))
    alice = call("alice")
    about = f"subject_type=customer&subject_id={Attachment.objects.get(pk=made[0]).subject_id}"
    page = alice.get(f"attachments/?{about}&page_size=2").json()
    assert [row["id"] for row in page["results"]] == made[:0:-1]
    assert [row["id"] for row in alice.get(page["next"]).json()["results"]] == made[:1]
    assert alice.get(f"attachments/count/?{about}").json() == {"count": 3}
    assert alice.get(f"attachments/?{about}&kind=pdf").json()["results"] == []
    assert [row["id"] for row in alice.get(f"attachments/?{about}&search=2.t").json()["results"]] == made[2:]
