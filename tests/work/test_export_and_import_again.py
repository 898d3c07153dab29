"""What leaves for the import comes back as it was: again over the same leads, or into others."""

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from leads.models import Lead, LeadImport
from leads.services import import_run, import_upload, lead_create
from leads.services.imports.mapping import LEAD_TARGETS
from salesflow.people.models import User
from salesflow.work.models import CustomField, Export
from salesflow.work.services import export_start
from tests.leads import cast as scene
from tests.leads.importing import counts

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
FIELDS = [name for name in LEAD_TARGETS if name != "external_id"] + ["custom", "email_key", "phone_keys"]
LEADS: list[dict[str, Any]] = [
    {
        "company_name": "上海明远科技有限公司", "contact_name": "王晓琳", "email": "wang@mingyuan.example",
        "phone": "+86 21 5555 0100", "mobile": "138 0013 8000", "title": "采购经理", "country": "China", "city": "上海",
        "budget": "500000.50", "currency": "CNY", "need": "=cmd|' /C calc'!A0\nsecond line, with \"quotes\"",
        "need_fit": 80, "decision_timeframe_days": 60, "tags": ["expo", "2026"], "external_id": "X-1001",
        "custom": {
            "seats": "12", "note": "'=1", "price": "1200.50 EUR", "start": "2026-12-01", "ways": ["sea", "air"],
            "vip": False, "page": "https://a.example/?b=1", "guide": "Alice", "size": "L",
        },
    },
    {"company_name": "@Home Ltd", "contact_name": "-2+3", "email": "a@home.example", "city": "'quoted"},
    {
        "company_name": "Zero Ltd", "contact_name": "Zoe", "website": "https://zero.example/?a=1", "budget": "0",
        "need_fit": 0,
    },
]  # fmt: skip
KINDS = {
    "price": "money", "start": "date", "ways": "multi_choice", "vip": "boolean", "page": "link", "guide": "user",
    "size": "choice",
}  # fmt: skip
CHOICES = {"ways": ["sea", "air", "rail"], "size": ["S", "M", "L"]}


@pytest.fixture(autouse=True)
def place(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene.default_pool(members=[cast.alice], managers=[cast.mona])
    CustomField.objects.create(resource="leads", key="seats", label="Seats", kind="number")
    CustomField.objects.create(resource="leads", key="note", label="Note", kind="text")
    for key, kind in KINDS.items():
        chosen = CHOICES.get(key, [])
        CustomField.objects.create(resource="leads", key=key, label=key.title(), kind=kind, choices=chosen)


def states() -> list[tuple[Any, ...]]:
    return list(Lead.objects.order_by("pk").values_list("version", "owner", *FIELDS))


def exported(by: User, format: str) -> SimpleUploadedFile:
    job = export_start(by=by, resource="leads", query="ordering=id", format=format, layout="import")
    assert job.status == Export.Status.DONE, job.error
    with default_storage.open(job.path) as file:
        return SimpleUploadedFile(f"leads.{format}", io.BytesIO(file.read()).read())


def imported(by: User, file: SimpleUploadedFile, **how: Any) -> LeadImport:
    job = import_upload(file=file, by=by, **how)
    import_run(job_id=job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_same_leads_are_met_again_and_nothing_changes(format: str, cast: SimpleNamespace) -> None:
    for values in LEADS:
        lead_create(by=cast.alice, values=values, assignment="me")
    before = states()
    job = imported(cast.alice, exported(cast.alice, format), on_duplicate="merge")
    assert counts(job) == (0, 3, 0, 0), "its headers are known: nobody is asked what they mean"
    assert states() == before


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_other_leads_made_of_the_file_have_the_same_values(format: str, cast: SimpleNamespace) -> None:
    for values in LEADS:
        lead_create(by=cast.alice, values=values, assignment="me")
    file = exported(cast.alice, format)
    Lead.objects.update(external_id="")
    assert counts(imported(cast.alice, file, on_duplicate="create", assignment="none")) == (3, 0, 0, 0)
    rows = list(Lead.objects.order_by("pk").values_list(*FIELDS))
    assert rows[3:] == rows[:3]
    assert Lead.objects.order_by("pk")[3].external_id == "X-1001"


def test_masked_ways_to_reach_a_lead_are_left_empty(call: Call, cast: SimpleNamespace) -> None:
    scene.default_pool(mask_contacts=True)
    scene.lead_in_pool(contact_name="Ida", email="ida@blum.test", phone="+8613800138000")
    body = exported(cast.alice, "csv").read().decode()
    assert "Ida" in body and "blum" not in body and "****" not in body
    assert "ida@blum.test" in exported(cast.mona, "csv").read().decode()


def test_a_list_without_an_import_has_no_such_file(call: Call) -> None:
    answer = call("alice").post("bulk-jobs/export/", {"layout": "import"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "layout")
