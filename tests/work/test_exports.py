"""A list leaves as a file: what one may see of it, safe to open, whole, told to whom it concerns, and not for ever."""

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.test import Client
from openpyxl import load_workbook

from leads.lists import LeadList
from leads.models import Lead
from salesflow.journal.models import Event, Notice
from salesflow.lib import fields as field_policy
from salesflow.people.models import Role, User
from salesflow.people.services import role_change, workspace_change
from salesflow.work.models import CustomField, Export
from salesflow.work.services import (
    export_run,
    export_start,
    export_writing,
    exports,
    exports_expire,
    exports_sweep,
)
from tests.leads import cast as scene

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def place(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene.default_pool(members=[cast.alice, cast.bob], managers=[cast.mona])


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two, and nothing at once."""
    monkeypatch.setattr(export_writing, "BATCH", 2)
    monkeypatch.setattr(exports, "AT_ONCE", 0)


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(call: Any, job: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the file as a program reads them that knows CSV and nothing else."""
    text = content(call.get(f"exports/{job['id']}/download/")).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def stored() -> list[Path]:
    return [path for path in Path(default_storage.location).rglob("*") if path.is_file()]  # type: ignore[attr-defined]


# what is in it


def test_a_view_leaves_with_its_filter_order_and_columns(call: Call, cast: SimpleNamespace) -> None:
    CustomField.objects.create(resource="leads", key="seats", label="Seats", kind="number")
    for number, city in enumerate(("Suzhou", "Wuxi", "Nanjing"), 1):
        scene.lead_of(
            cast.alice,
            contact_name=f"N{number}",
            city=city,
            grade="A",
            score=number,
            custom={"seats": number},
        )
    scene.lead_of(cast.alice, contact_name="Other", grade="C")
    scene.lead_of(cast.charlie, contact_name="Not hers", grade="A")
    query = "grade=A&ordering=-score&columns=city,custom.seats,budget"
    made = call("alice").post("leads/export/", {"query": query, "format": "csv"})
    job = made.json()
    assert made.status_code == 202
    assert (job["status"], job["total"], job["written"], job["is_large"]) == ("done", 3, 3, False)
    assert made["Location"].endswith(f"/api/v1/exports/{job['id']}/")
    assert call("alice").get(f"exports/{job['id']}/").json() == job
    rows = table(call("alice"), job)
    assert list(rows[0]) == ["Record number", "Lead", "City", "Seats", "Budget", "Currency"]
    assert [(row["Lead"], row["City"], row["Seats"]) for row in rows] == [
        ("N3", "Nanjing", "3"), ("N2", "Wuxi", "2"), ("N1", "Suzhou", "1"),
    ]  # fmt: skip


def test_a_workbook_has_real_numbers_and_says_whose_it_is(call: Call, cast: SimpleNamespace) -> None:
    scene.lead_of(cast.alice, contact_name="=cmd|' /C calc'!A0", budget=500_000, currency="CNY")
    job = call("alice").post("leads/export/", {"format": "xlsx", "query": "owner=me"}).json()
    answer = call("alice").get(f"exports/{job['id']}/download/")
    data = content(answer)
    assert hashlib.sha256(data).hexdigest() == job["sha256"] and len(data) == job["size"]
    assert "-alice-" in answer["Content-Disposition"] and answer["Cache-Control"] == "private, no-store"
    book = load_workbook(io.BytesIO(data))
    sheet = book["Leads"]
    row = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    assert row["Budget"].value == 500_000 and row["Budget"].data_type == "n" and row["Created"].is_date
    assert row["Lead"].value.startswith("=cmd") and row["Lead"].data_type == "s" and row["Lead"].quotePrefix
    notes = {line[0].value: line[1].value for line in book["Notes"].iter_rows()}
    assert notes["Filter"] == "owner=me" and notes["Exported by"] == "Alice <alice@cast.test>"


def test_no_cell_of_a_csv_starts_a_formula(call: Call, cast: SimpleNamespace) -> None:
    scene.lead_of(cast.alice, contact_name="=1+1", company_name="@SUM(A1)", city="-2+3")
    job = call("alice").post("leads/export/", {"query": "columns=company_name,city"}).json()
    (row,) = table(call("alice"), job)
    assert (row["Lead"], row["Company"], row["City"]) == ("'=1+1", "'@SUM(A1)", "'-2+3")


def test_records_without_a_value_stand_last_as_in_the_list(cast: SimpleNamespace, call: Call) -> None:
    for name, due in (("late", None), ("second", 2), ("first", 1)):
        lead = scene.lead_of(cast.alice, contact_name=name)
        Lead.objects.filter(pk=lead.pk).update(first_contact_due_at=due and Now() + timedelta(hours=due))
    for ordering, names in (("", ["first", "second", "late"]), ("-", ["second", "first", "late"])):
        job = (
            call("alice").post("leads/export/", {"query": f"ordering={ordering}first_contact_due_at"}).json()
        )
        assert [row["Lead"] for row in table(call("alice"), job)] == names


@pytest.mark.parametrize("columns", ["columns=email,phone,website", "all"])
def test_what_a_pool_masks_is_masked_in_the_file_and_on_the_page(
    columns: str, call: Call, browse: Browse, cast: SimpleNamespace
) -> None:
    scene.default_pool(mask_contacts=True)
    scene.lead_in_pool(email="ida@blum.test", phone="+8613800138000", website="https://blum.test")
    body = {"layout": "all"} if columns == "all" else {"query": columns}
    (row,) = table(call("alice"), call("alice").post("leads/export/", body).json())
    assert (row["E-mail"], row["Phone"], row["Website"]) == ("i****@blum.test", "'+86138****00", "")
    (seen,) = table(call("mona"), call("mona").post("leads/export/", body).json())
    assert seen["E-mail"] == "ida@blum.test"
    if columns != "all":
        assert "ida@blum.test" not in browse("alice").get(f"/leads/?{columns}").content.decode()


def test_every_list_that_leaves_writes_all_of_its_columns(cast: SimpleNamespace) -> None:
    from salesflow.work.exports import export_lists

    scene.leads_of(cast.alice, 2)
    for spec in export_lists():
        job = export_start(by=cast.admin, resource=spec.views_key, format="csv", layout="all")
        assert job.status == Export.Status.DONE, (spec.views_key, job.error)


# who may


@pytest.mark.parametrize(
    "body,where",
    [
        ({"query": "nothing=1"}, ("nothing", "unknown_filter")),
        ({"query": "filter=grade"}, ("filter", "invalid")),
        ({"query": "x" * 2001}, ("query", "max_length")),
        ({"layout": "none"}, ("layout", "invalid_choice")),
        ({"format": "pdf"}, ("format", "invalid_choice")),
        ({"ids": [1]}, ("ids", "unknown_field")),
    ],
)
def test_what_it_does_not_know_is_refused_and_leaves_nothing(
    body: dict[str, Any], where: tuple[str, str], call: Call
) -> None:
    answer = call("alice").post("leads/export/", body)
    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["field"], answer.json()["errors"][0]["code"]) == where
    assert not Export.objects.exists()


def test_a_large_view_needs_a_right_of_its_own_and_is_reported(
    call: Call, browse: Browse, cast: SimpleNamespace
) -> None:
    workspace_change(by=cast.admin, export_large_rows=2)
    scene.leads_of(cast.alice, 3)
    refused = call("alice").post("leads/export/", {})
    assert refused.status_code == 403 and "more than 2 records" in refused.json()["detail"]
    sent = {"list": "leads", "query": "", "format": "csv"}
    assert "Export large lists" in browse("alice").post("/exports/start/", sent).content.decode()
    assert not Export.objects.exists()
    job = call("dora").post("leads/export/", {}).json()
    assert (job["status"], job["is_large"]) == ("done", True)
    told = Notice.objects.get(user=cast.admin, kind="work.export_large")
    assert told.params["records"] == 3 and told.params["person"] == "Dora"


def test_what_grew_large_while_it_waited_is_refused(cast: SimpleNamespace, small_batches: None) -> None:
    scene.leads_of(cast.alice, 3)
    job = export_start(by=cast.alice, resource="leads", format="csv")
    workspace_change(by=cast.admin, export_large_rows=2)
    export_run(job_id=job.pk)
    job.refresh_from_db()
    assert job.status == "failed" and "more than 2 records" in job.error and not stored()


def test_the_file_is_for_who_asked_and_for_administrators(call: Call, cast: SimpleNamespace) -> None:
    job = call("alice").post("leads/export/", {}).json()
    address = f"exports/{job['id']}/download/"
    expected = {"alice": 200, "bob": 404, "mona": 404, "auditor": 403, "admin": 200}
    assert {name: call(name).get(address).status_code for name in expected} == expected
    kinds = Event.objects.filter(subject_type="work.export").order_by("pk").values_list("kind", "actor__name")
    assert list(kinds) == [
        ("work.export_started", "Alice"), ("work.export_done", "Alice"), ("work.export_downloaded", "Alice"),
        ("work.export_downloaded", "Admin"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_file_is_given_where_no_transaction_is_open_around_the_request(
    call: Call, browse: Browse, cast: SimpleNamespace
) -> None:
    """As in the real server: a test that is one transaction itself lends it to whoever forgot his own."""
    scene.lead_of(cast.alice, contact_name="Ida")
    job = Export.objects.get(pk=call("alice").post("leads/export/", {}).json()["id"])
    assert b"Ida" in content(call("alice").get(f"exports/{job.pk}/download/"))
    assert b"Ida" in content(browse("alice").get(f"{job.get_absolute_url()}download/"))
    assert Event.objects.filter(kind="work.export_downloaded", subject_id=job.pk).count() == 2


def test_a_role_without_the_right_takes_nothing_out(
    call: Call, browse: Browse, cast: SimpleNamespace
) -> None:
    assert b"/exports/start/" in browse("alice").get("/leads/").content
    role_change(role=Role.objects.get(code="rep"), by=cast.admin, rights={"leads.export": "none"})
    assert call("alice").post("leads/export/", {}).status_code == 403
    assert b"/exports/start/" not in browse("alice").get("/leads/").content
    assert browse("alice").post("/exports/start/", {"list": "leads", "format": "csv"}).status_code == 403


def test_rights_and_sight_are_those_of_the_moment_of_writing(
    cast: SimpleNamespace, small_batches: None, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = scene.leads_of(cast.alice, 3)
    job = export_start(by=cast.alice, resource="leads", format="csv", query="ordering=id")
    beat = export_writing._beat

    def taken_away(job: Export, **values: Any) -> None:
        beat(job, **values)
        Lead.objects.filter(pk=leads[2].pk).update(owner=cast.charlie)

    monkeypatch.setattr(export_writing, "_beat", taken_away)
    assert export_run(job_id=job.pk)
    assert [int(row["Record number"]) for row in table(call("alice"), {"id": job.pk})] == [
        leads[0].pk,
        leads[1].pk,
    ]
    other = export_start(by=cast.alice, resource="leads", format="csv")
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    export_run(job_id=other.pk)
    other.refresh_from_db()
    assert (other.status, other.path) == ("failed", "")


def test_a_field_that_is_hidden_from_a_person_is_in_no_file(
    call: Call, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.lead_of(cast.alice, budget=500_000)
    monkeypatch.setattr(field_policy, "_rules", {"leads": [(frozenset({"budget"}), lambda user: False)]})
    (row,) = table(call("alice"), call("alice").post("leads/export/", {"layout": "all"}).json())
    assert "Budget" not in row and "Score" in row and len(LeadList().columns) > 5


# workers


def test_a_worker_writes_what_is_many_and_tells_who_waits(
    cast: SimpleNamespace, small_batches: None, browse: Browse
) -> None:
    scene.leads_of(cast.alice, 5)
    job = export_start(by=cast.alice, resource="leads", format="csv")
    assert job.status == "queued" and b"hx-get" in browse("alice").get(job.get_absolute_url()).content
    assert exports_sweep()["processed"] == 0, "a worker is about to take it"
    Export.objects.filter(pk=job.pk).update(created_at=Now() - timedelta(minutes=1))
    assert exports_sweep()["processed"] == 1
    job.refresh_from_db()
    assert (job.status, job.total, job.written) == ("done", 5, 5)
    assert Notice.objects.filter(user=cast.alice, kind="work.export_done").count() == 1
    assert not export_run(job_id=job.pk)


def test_of_a_killed_worker_nothing_is_left_and_the_next_writes_it_whole(
    cast: SimpleNamespace, small_batches: None, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    scene.leads_of(cast.alice, 5)
    job = export_start(by=cast.alice, resource="leads", format="csv")
    beat = export_writing._beat

    def killed(job: Export, **values: Any) -> None:
        beat(job, **values)
        if job.written == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(export_writing, "_beat", killed)
    with pytest.raises(KeyboardInterrupt):
        export_run(job_id=job.pk)
    monkeypatch.setattr(export_writing, "_beat", beat)
    assert not stored() and not export_run(job_id=job.pk)  # its lease holds
    Export.objects.filter(pk=job.pk).update(leased_until=Now() - timedelta(seconds=1))
    assert export_run(job_id=job.pk)
    assert len(table(call("alice"), {"id": job.pk})) == 5


def test_a_worker_that_lost_its_lease_keeps_nothing(
    cast: SimpleNamespace, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.leads_of(cast.alice, 3)
    job = export_start(by=cast.alice, resource="leads", format="csv")
    whole = export_writing.File

    def overtaken(file: Any) -> Any:
        """Called when the file is ready, before it goes into the store."""
        monkeypatch.setattr(export_writing, "File", whole)
        Export.objects.filter(pk=job.pk).update(leased_until=Now() - timedelta(seconds=1))
        assert export_run(job_id=job.pk)
        return whole(file)

    monkeypatch.setattr(export_writing, "File", overtaken)
    assert not export_run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("done", 2)
    assert [str(path.relative_to(default_storage.location)) for path in stored()] == [job.path]  # type: ignore[attr-defined]
    assert Event.objects.filter(kind="work.export_done").count() == 1


def test_a_cancelled_export_stops_after_the_batch_in_hand_and_keeps_nothing(
    cast: SimpleNamespace,
    small_batches: None,
    call: Call,
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene.leads_of(cast.alice, 5)
    job = export_start(by=cast.alice, resource="leads", format="csv")
    assert "Cancel the export" in browse("alice").get(f"/exports/{job.pk}/").content.decode()
    beat = export_writing._beat

    def cancelled(job: Export, **values: Any) -> None:
        beat(job, **values)
        if values.get("written") == 2:
            assert call("alice").post(f"exports/{job.pk}/cancel/").json()["status"] == "cancelled"

    monkeypatch.setattr(export_writing, "_beat", cancelled)
    assert not export_run(job_id=job.pk), "its worker leaves off"
    job.refresh_from_db()
    assert (job.status, job.written, job.path, job.leased_until) == ("cancelled", 2, "", None)
    assert stored() == [] and not export_run(job_id=job.pk) and exports_sweep() == {"processed": 0}
    assert Event.objects.filter(kind="work.export_cancelled", subject_id=job.pk).count() == 1
    refused = call("alice").post(f"exports/{job.pk}/cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_running")
    assert call("alice").get(f"exports/{job.pk}/download/").json()["code"] == "cancelled"
    other = export_start(by=cast.alice, resource="leads", format="csv")
    assert browse("bob").post(f"/exports/{other.pk}/cancel/").status_code == 404
    assert browse("alice").post(f"/exports/{other.pk}/cancel/").status_code == 302
    assert "nothing of its file was kept" in browse("alice").get(f"/exports/{other.pk}/").content.decode()


def test_a_file_is_removed_when_its_time_is_over_and_its_report_stays(
    call: Call, browse: Browse, cast: SimpleNamespace
) -> None:
    job = Export.objects.get(pk=call("alice").post("leads/export/", {}).json()["id"])
    assert exports_expire()["processed"] == 0 and len(stored()) == 1
    Export.objects.filter(pk=job.pk).update(expires_at=Now())
    assert exports_expire()["processed"] == 1 and not stored()
    gone = call("alice").get(f"exports/{job.pk}/download/")
    assert (gone.status_code, gone.json()["code"]) == (409, "expired")
    page = browse("alice").get(job.get_absolute_url())
    assert page.status_code == 200 and b"/download/" not in page.content


def test_the_page_of_a_list_takes_its_view_out(browse: Browse, cast: SimpleNamespace) -> None:
    scene.lead_of(cast.alice, contact_name="Ida", grade="A")
    scene.lead_of(cast.alice, contact_name="Bo", grade="B")
    sent = {"list": "leads", "query": "grade=A", "format": "csv", "layout": "all"}
    page = browse("alice").post("/exports/start/", sent, follow=True)
    job = Export.objects.get()
    assert page.redirect_chain == [(job.get_absolute_url(), 302)] and (job.written, job.layout) == (
        1,
        "all",
    )
    assert b"Ida" in content(browse("alice").get(f"{job.get_absolute_url()}download/"))
    assert f"{job.get_absolute_url()}" in browse("alice").get("/exports/").content.decode()
