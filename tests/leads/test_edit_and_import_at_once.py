"""One edit of the version both saw; one start of an import, one worker on it. Each race with its guard and without."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from leads.models import Lead, LeadImport, LeadImportRow
from leads.querysets import LeadImportQuerySet, LeadQuerySet
from leads.services import (
    edit,
    enter,
    import_run,
    import_start,
    import_upload,
    lead_create,
    lead_edit,
    leads_enter,
)
from leads.services.clean import draft_of
from leads.services.imports import flow, start
from salesflow.journal.models import Event
from salesflow.lib.tabular import write_csv
from salesflow.people.services import workspace
from salesflow.work.services.imports import driver
from tests.leads import cast
from tests.support.races import Meeting, at_once, codes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann():
    return cast.person("ann")


def unlocked(monkeypatch, rows):
    """Guard removed: rows of this kind are read without FOR UPDATE."""
    monkeypatch.setattr(rows, "select_for_update", lambda self, **options: self)


# two windows with the same lead open


def two_edits(ann, monkeypatch):
    lead = cast.lead_of(ann)
    monkeypatch.setattr(edit, "require_current", Meeting().after(edit.require_current))
    results = at_once(
        lambda: lead_edit(lead=lead, by=ann, values={"city": "Ulm"}, expected_version=lead.version),
        lambda: lead_edit(lead=lead, by=ann, values={"city": "Bonn"}, expected_version=lead.version),
    )
    return codes(results)


def test_of_two_edits_of_what_both_saw_one_is_taken_and_the_other_told(ann, monkeypatch):
    assert two_edits(ann, monkeypatch) == ["", "stale_version"]
    assert Event.objects.filter(kind="leads.edited").count() == 1


def test_without_the_lock_the_second_edit_covers_the_first_unseen(ann, monkeypatch):
    unlocked(monkeypatch, LeadQuerySet)
    assert two_edits(ann, monkeypatch) == ["", ""]
    assert Event.objects.filter(kind="leads.edited").count() == 2
    assert Lead.objects.get().city in ("Ulm", "Bonn")


# a lead edited while a row of a file fills it


def an_edit_and_a_row(ann, monkeypatch):
    """Who enters the row holds its keys and goes for the lead, the edit holds the lead and goes for the keys."""
    lead = lead_create(by=ann, values={"contact_name": "Kim", "email": "kim@arbor.example"}, assignment="me")
    meeting, shared = Meeting(), workspace()
    monkeypatch.setattr(enter, "_hold", meeting.after(enter._hold))
    monkeypatch.setattr(edit, "require_present", meeting.after(edit.require_present))
    values = {"contact_name": "Kim", "email": "kim@arbor.example", "city": "Ulm"}
    row = draft_of(values, region=shared.phone_region, base_currency=shared.base_currency)
    how = {"via": "api", "assignment": "none", "on_duplicate": "merge"}
    results = at_once(
        lambda: leads_enter(drafts=[row], by=ann, **how),
        lambda: lead_edit(lead=lead, by=ann, values={"phone": "+49 731 555000"}),
    )
    return cast.fresh(lead), results


def test_an_edit_and_a_row_that_fills_the_same_lead_are_both_taken(ann, monkeypatch):
    lead, results = an_edit_and_a_row(ann, monkeypatch)
    assert codes(results) == ["", ""]
    assert lead.city == "Ulm" and lead.phone


def test_without_the_keys_held_first_they_wait_for_each_other(ann, monkeypatch):
    """Guard removed: the edit locks the lead before its keys. The database ends one of the two."""
    monkeypatch.setattr(edit, "_keys_lock_ahead", lambda lead, values: None)
    _lead, results = an_edit_and_a_row(ann, monkeypatch)
    assert codes(results) == ["", "OperationalError"]


# an import started twice


@pytest.fixture
def job(ann, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    file = io.BytesIO()
    write_csv(file, ["Firma", "Name"], [[f"Firm {n}", f"Person {n}"] for n in range(30)])
    return import_upload(file=SimpleUploadedFile("leads.csv", file.getvalue()), by=ann, assignment="none")


def two_starts(job, ann, monkeypatch):
    monkeypatch.setattr(start, "mapping_checked", Meeting().after(start.mapping_checked))
    deed = lambda: import_start(job=job, by=ann, mapping={"Name": "contact_name"})  # noqa: E731
    return codes(at_once(deed, deed))


def test_of_two_starts_one_is_taken_and_the_other_told(job, ann, monkeypatch):
    assert two_starts(job, ann, monkeypatch) == ["", "invalid_transition"]
    assert Event.objects.filter(kind="leads.import_started").count() == 1


def test_without_the_lock_an_import_is_started_twice(job, ann, monkeypatch):
    unlocked(monkeypatch, LeadImportQuerySet)
    assert two_starts(job, ann, monkeypatch) == ["", ""]
    assert Event.objects.filter(kind="leads.import_started").count() == 2


def two_workers(job, ann, monkeypatch):
    import_start(job=job, by=ann, mapping={"Name": "contact_name"})
    monkeypatch.setattr(flow, "CHUNK", 10)
    monkeypatch.setattr(flow.FLOW, "before_reading", Meeting().after(flow.FLOW.before_reading))
    results = at_once(lambda: import_run(job_id=job.pk), lambda: import_run(job_id=job.pk))
    rows = LeadImportRow.objects.filter(lead_import=job).values_list("number", flat=True)
    assert sorted(rows) == sorted(set(rows)) and len(rows) == Lead.objects.count() == 30
    assert LeadImport.objects.get().status == "done"
    return sorted(results)


def test_of_two_workers_one_reads_the_import(job, ann, monkeypatch):
    assert two_workers(job, ann, monkeypatch) == [False, True]


def test_without_the_lease_two_workers_read_and_still_each_chunk_is_entered_once(job, ann, monkeypatch):
    """Guard removed: whoever comes takes the job. The job's row lets only one of them commit a chunk."""

    def taken(_flow, job_id):
        LeadImport.objects.filter(pk=job_id).update(status="running")
        return LeadImport.objects.select_related("source", "campaign", "by").get(pk=job_id)

    monkeypatch.setattr(driver, "_taken", taken)
    assert two_workers(job, ann, monkeypatch) == [True, True]
