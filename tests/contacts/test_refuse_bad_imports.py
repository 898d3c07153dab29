"""What is no table, or asks for what cannot be, is refused in clear words; a broken row costs itself."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from contacts.models import Customer
from contacts.services import customer_create
from salesflow.work.imports import import_kinds
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports import import_run, import_upload
from tests.api.conftest import Caller
from tests.contacts.conftest import again, at_once, make_cast
from tests.contacts.importing import counts, csv_of, imported, posted
from tests.leads.importing import kept
from tests.leads.test_refuse_bad_files import HOSTILE, NO_TABLES, raw_form

Call = Callable[..., Caller]
NAMES = b"customer,name,title\n"
ODD = {
    "long field": NAMES + b"Arbor,Acme," + b"x" * (10 << 20) + b"\nArbor,Bolt,short\n",
    "nul": NAMES + b"Arbor,Acme,a\x00b\nArbor,Bolt,short\n",
    "quote never closed": NAMES + b'Arbor,Acme,"never closed\nArbor,Bolt,short\n',
    "too many cells": NAMES + b"Arbor,Acme,a,b,c\nArbor,Bolt,short\n",
    "a field too long for its column": NAMES + b"Arbor,Acme," + b"x" * 200 + b"\nArbor,Bolt,short\n",
}


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def test_what_is_no_table_is_refused_for_every_kind_of_record(call: Call, store: Path) -> None:
    admin = call("admin")
    for place, (what, (name, make, expected)) in enumerate(NO_TABLES.items()):
        kind = import_kinds()[place % len(import_kinds())]
        answer = posted(admin, kind.resource, make(), name)
        assert answer.status_code == 400, (what, answer.content)
        [error] = answer.json()["errors"]
        assert error["message"].strip() and (what in ("empty", "blank") or error["code"] in expected), what
    assert not Import.objects.exists() and not kept(store)


def test_what_is_broken_costs_its_own_row(call: Call, cast: SimpleNamespace, store: Path) -> None:
    one = customer_create(by=again(cast.alice), values={"name": "Arbor"})
    for what, content in ODD.items():
        job = imported(again(cast.alice), "contacts", content, f"{what}.csv")
        assert (job.status, job.rejected) == ("done", 1), (what, job.error)
        row = ImportRow.objects.get(job=job, result="rejected")
        assert row.reason and row.cells and any(row.cells), what
        assert b"".join(call("alice").get(f"imports/{job.pk}/rejected-rows/").streaming_content)
    assert [person.name for person in one.contacts.all()] == ["Bolt"]


def test_a_column_named_twice_is_two_columns(cast: SimpleNamespace, store: Path) -> None:
    job = imported(again(cast.alice), "customers", b"name,city,city\nArbor,Ulm,Bonn\n")
    assert (job.status, job.header) == ("needs_mapping", ["name", "city", "city (2)"])


def test_a_hostile_mapping_or_request_is_refused(call: Call, store: Path) -> None:
    alice, file = call("alice"), csv_of("name", "Arbor")
    for what in ("a list", "a text", "unknown target", "a private attribute", "a target that is a number",
                 "a list in a list", "custom of a class", "custom without key", "empty"):  # fmt: skip
        text = HOSTILE[what].replace("company_name", "name").replace("owner", "version")
        parts = [("mapping", None, text.encode()), ("resource", None, b"customers"), ("file", "a.csv", file)]
        answer = alice.generic("POST", "imports/", raw_form(parts), content_type=MULTIPART_CONTENT)
        assert answer.status_code == 400, (what, answer.content)
        assert answer.json()["errors"][0]["field"] == "mapping", what
    for fields in (
        {"resource": "leads"},
        {"resource": "moons"},
        {"mode": "drop"},
        {"owner": "1"},
        {"dry_run": "x"},
    ):
        answer = posted(alice, fields.pop("resource", "customers"), file, **fields)
        assert answer.status_code == 400, fields
    assert posted(alice, "customers", csv_of("city", "Ulm")).json()["status"] == "needs_mapping"
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_each_record_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cast = make_cast()
    customer_create(by=again(cast.alice), values={"name": "Arbor"})
    firms = csv_of("name|external_id", *[f"Firm {number} Ltd|" for number in range(60)], "Other|X-1")
    people = csv_of("customer|name|email", *[f"Arbor|P {number}|p{number}@a.example" for number in range(60)])
    jobs = [
        import_upload(
            file=SimpleUploadedFile(f"{place}.csv", content), resource=resource, by=again(cast.alice)
        )
        for place in range(2)
        for resource, content in (("customers", firms), ("contacts", people))
    ]
    results = at_once(*[lambda job=job: import_run(job_id=job.pk) for job in jobs])
    assert results == [True] * 4
    found = [counts(job) for job in jobs]
    assert sum(created for created, *_rest in found) == 121 and not any(each[3] for each in found)
    one = Customer.objects.get(name="Arbor")
    assert (Customer.objects.count(), one.contacts.count()) == (62, 60)
