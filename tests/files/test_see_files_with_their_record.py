"""Whoever sees a record sees its files, and whoever works on it adds and removes them; for others they do not exist."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import Customer
from leads.models import Lead, Nda, Partner, Pool
from leads.services import lead_archive
from salesflow.files.models import Attachment
from salesflow.files.services import attachment_remove, attachment_rename
from salesflow.journal.models import Event
from salesflow.people.models import Role, User
from salesflow.people.services import config_changed, config_record_archive, user_change
from salesflow.work.services import note_add, task_create
from tests.api.conftest import Caller
from tests.files import samples
from tests.files.conftest import send
from tests.leads.cast import lead_in_pool, lead_of

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]
PAGES = ("file", "file-download", "file-picture", "file-thumbnail", "file-rename")
DEEDS = ("file-remove", "file-restore", "file-rename")


def test_a_rep_finds_nothing_of_what_hangs_on_anothers_record(
    attach: Attach, call: Callable[..., Caller], browse: Callable[..., Client], customer: Customer
) -> None:
    attachment = attach(samples.picture(), "a.png")
    for name in ("bob", "charlie", "finance"):
        caller, browser = call(name), browse(name)
        for path in ("", "download/", "picture/", "thumbnail/"):
            assert caller.get(f"attachments/{attachment.pk}/{path}").status_code == 404, (name, path)
        assert caller.patch(f"attachments/{attachment.pk}/", {"name": "x"}).status_code == 404
        assert caller.delete(f"attachments/{attachment.pk}/").status_code == 404
        assert caller.post(f"attachments/{attachment.pk}/restore/").status_code == 404
        about = f"subject_type=customer&subject_id={customer.pk}"
        assert caller.get(f"attachments/?{about}").json()["results"] == []
        assert caller.get("attachments/").json()["results"] == []
        refused = send(caller, customer, b"hello")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "does_not_exist")
        for page in PAGES:
            assert browser.get(reverse(page, args=[attachment.pk])).status_code == 404, (name, page)
        for deed in DEEDS:
            assert browser.post(reverse(deed, args=[attachment.pk]), {"name": "x"}).status_code == 404
        form = {"subject_type": "contacts.customer", "subject_id": customer.pk}
        answer = browser.post("/files/add/", {**form, "file": SimpleUploadedFile("a.txt", b"x")})
        assert answer.status_code == 404
    assert [event.kind for event in Event.objects.filter(kind__startswith="files.")] == ["files.attached"]
    assert Attachment.objects.get().archived_at is None
    for name in ("alice", "mona", "dora", "admin", "auditor"):
        assert call(name).get(f"attachments/{attachment.pk}/download/").status_code == 200, name
        for page in PAGES[:-1]:
            assert browse(name).get(reverse(page, args=[attachment.pk])).status_code == 200, (name, page)


def test_who_only_looks_on_changes_nothing(
    attach: Attach, call: Callable[..., Caller], browse: Callable[..., Client], customer: Customer
) -> None:
    attachment = attach(b"hello")
    auditor, page = call("auditor"), browse("auditor")
    assert send(auditor, customer, b"hello").status_code == 403
    assert auditor.delete(f"attachments/{attachment.pk}/").status_code == 403
    assert auditor.patch(f"attachments/{attachment.pk}/", {"name": "x"}).status_code == 403
    for deed in ("file-remove", "file-rename"):
        assert page.post(reverse(deed, args=[attachment.pk]), {"name": "x"}).status_code == 403
    form = {"subject_type": "contacts.customer", "subject_id": customer.pk}
    answer = page.post("/files/add/", {**form, "file": SimpleUploadedFile("a.txt", b"x")})
    assert answer.status_code == 403
    html = page.get(customer.get_absolute_url()).content.decode()
    assert (
        "x.txt" in html
        and "/files/add/" not in html
        and reverse("file-remove", args=[attachment.pk]) not in html
    )
    assert Attachment.objects.count() == 1


def test_members_of_a_pool_see_the_files_of_its_leads_and_leave_them_as_they_are(
    attach: Attach, cast: SimpleNamespace, call: Callable[..., Caller]
) -> None:
    pool = Pool.objects.create(name="East")
    pool.members.add(cast.bob)
    config_changed()
    lead = lead_in_pool(pool)
    attachment = attach(b"hello", on=lead, by=cast.admin)
    assert call("bob").get(f"attachments/{attachment.pk}/download/").status_code == 200
    assert call("bob").delete(f"attachments/{attachment.pk}/").status_code == 403
    assert send(call("bob"), lead, b"more").status_code == 403
    assert call("charlie").get(f"attachments/{attachment.pk}/").status_code == 404


def test_what_hangs_on_an_archived_lead_is_still_read_and_nothing_is_added(
    attach: Attach, cast: SimpleNamespace, call: Callable[..., Caller], browse: Callable[..., Client]
) -> None:
    lead = lead_of(cast.alice)
    attachment = attach(b"hello", on=lead)
    note = note_add(subject=lead, by=cast.alice, body="They asked for the price")
    lead_archive(lead=lead, by=cast.alice)
    alice, page, about = call("alice"), browse("alice"), f"subject_type=lead&subject_id={lead.pk}"
    assert alice.get(f"attachments/{attachment.pk}/download/").status_code == 200
    assert [row["id"] for row in alice.get(f"attachments/?{about}").json()["results"]] == [attachment.pk]
    assert [row["id"] for row in alice.get(f"notes/?{about}").json()["results"]] == [note.pk]
    for address in ("file", "file-download"):
        assert page.get(reverse(address, args=[attachment.pk])).status_code == 200, address
    html = page.get(lead.get_absolute_url()).content.decode()
    assert "x.txt" in html and "They asked for the price" in html
    assert "/files/add/" not in html and reverse("file-remove", args=[attachment.pk]) not in html
    assert (
        reverse("file-rename", args=[attachment.pk])
        not in page.get(attachment.get_absolute_url()).content.decode()
    )
    for name in ("bob", "charlie"):
        assert call(name).get(f"attachments/{attachment.pk}/download/").status_code == 404, name
    # as before, nothing is added, changed or planned there
    on = {"subject_type": "leads.lead", "subject_id": lead.pk}
    assert send(alice, lead, b"more").status_code == 400
    assert alice.post("notes/", {**on, "body": "More"}).status_code == 400
    assert alice.post("tasks/", {**on, "title": "Call"}).status_code == 400
    assert alice.patch(f"attachments/{attachment.pk}/", {"name": "y.txt"}).status_code == 403
    assert alice.delete(f"attachments/{attachment.pk}/").status_code == 403
    form = {**on, "file": SimpleUploadedFile("a.txt", b"x"), "channel": "note", "summary": "x"}
    for address in ("/files/add/", "/log/"):
        assert page.post(address, form).status_code == 404, address
    for deed in ("file-remove", "file-rename"):
        assert page.post(reverse(deed, args=[attachment.pk]), {"name": "y"}).status_code == 403, deed
    with pytest.raises(PermissionDenied):
        note_add(subject=Lead.objects.get(pk=lead.pk), by=cast.alice, body="More")
    assert Attachment.objects.count() == 1


def test_the_paper_of_an_archived_agreement_is_still_read(
    attach: Attach, cast: SimpleNamespace, call: Callable[..., Caller]
) -> None:
    partner = Partner.objects.create(name="Hartmann", kind="distributor", owner=cast.mona)
    nda = Nda.objects.create(partner=partner, signed_on="2026-01-01")
    attachment = attach(samples.pdf(), "nda.pdf", on=nda, by=cast.mona)
    config_record_archive(nda, by=None, rights="ndas")
    assert call("mona").get(f"attachments/{attachment.pk}/download/").status_code == 200
    assert call("mona").delete(f"attachments/{attachment.pk}/").status_code == 403
    assert send(call("mona"), nda, b"more").status_code == 400


def test_files_go_with_their_record_and_not_with_who_put_them_there(
    attach: Attach, cast: SimpleNamespace, call: Callable[..., Caller], customer: Customer
) -> None:
    attachment = attach(b"hello")
    Customer.objects.filter(pk=customer.pk).update(owner=cast.charlie)
    assert call("alice").get(f"attachments/{attachment.pk}/download/").status_code == 404
    assert call("alice").get("attachments/").json()["results"] == []
    with pytest.raises(PermissionDenied):
        attachment_remove(attachment=attachment, by=cast.alice)
    with pytest.raises(PermissionDenied):
        attachment_rename(attachment=attachment, by=cast.alice, name="mine")
    assert call("charlie").delete(f"attachments/{attachment.pk}/").status_code == 204


def test_files_of_a_task_are_seen_by_those_it_concerns(
    attach: Attach, cast: SimpleNamespace, call: Callable[..., Caller], browse: Callable[..., Client]
) -> None:
    """Also by people without any other right, such as finance: the task was given to them."""
    task = task_create(by=cast.admin, assignee=cast.finance, title="Check the invoice")
    attachment = attach(samples.pdf(), "invoice.pdf", on=task, by=cast.admin)
    assert call("finance").get(f"attachments/{attachment.pk}/download/").status_code == 200
    assert "invoice.pdf" in browse("finance").get(task.get_absolute_url()).content.decode()
    assert send(call("finance"), task, b"checked").status_code == 201
    assert call("alice").get(f"attachments/{attachment.pk}/").status_code == 404


def test_somebody_who_was_switched_off_reaches_no_file(
    attach: Attach, cast: SimpleNamespace, call: Callable[..., Caller], browse: Callable[..., Client]
) -> None:
    attachment = attach(b"hello")
    caller, browser = call("alice"), browse("alice")
    address = reverse("file-download", args=[attachment.pk])
    assert browser.get(address).status_code == 200
    user_change(user=cast.alice, by=None, is_active=False)
    assert caller.get(f"attachments/{attachment.pk}/download/").status_code == 401
    assert browser.get(address).headers["Location"].startswith(reverse("sign-in"))
    with pytest.raises(PermissionDenied):
        attach(b"more", by=User.objects.get(pk=cast.alice.pk))


def test_a_role_may_be_kept_from_files_altogether(
    attach: Attach, call: Callable[..., Caller], browse: Callable[..., Client], customer: Customer
) -> None:
    attachment = attach(b"hello")
    Role.objects.filter(code="rep").update(
        changed_rights={"attachments.view": "none", "attachments.create": "none"}
    )
    assert call("alice").get(f"attachments/{attachment.pk}/download/").status_code == 404
    page = browse("alice").get(customer.get_absolute_url()).content.decode()
    assert "x.txt" not in page.split('id="files"')[1].split("</section>")[0] and "/files/add/" not in page


@pytest.mark.parametrize("form", [
    {}, {"subject_type": "contacts.customer"}, {"subject_type": "x", "subject_id": "1"},
    {"subject_type": "contacts.customer", "subject_id": "x"}, {"subject_type": "customer\0", "subject_id": "1"},
    {"subject_type": "contacts.customer", "subject_id": "9" * 40},
])  # fmt: skip
def test_a_record_that_is_none_is_not_found(browse: Callable[..., Client], form: dict[str, str]) -> None:
    assert browse("alice").post("/files/add/", form).status_code == 404


def test_the_files_of_a_record_cost_the_same_however_many_there_are(
    attach: Attach, cast: SimpleNamespace, browse: Callable[..., Client]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    lead = lead_of(cast.alice)
    alice = browse("alice")

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert alice.get(lead.get_absolute_url()).status_code == 200
        return len(queries)

    attach(b"first", on=lead)
    asked()
    one = asked()
    for number in range(5):
        attach(b"more %d" % number, on=lead)
    assert asked() == one
