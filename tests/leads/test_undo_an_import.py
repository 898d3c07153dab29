"""Undoing an import: what it made goes, what people have made of it stays, and it can be imported again."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from leads.models import Lead, LeadImport, Ownership
from leads.services import (
    import_retry,
    import_run,
    import_undo,
    import_upload,
    lead_claim,
    lead_create,
    lead_edit,
    lead_restore,
)
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event, Notice
from salesflow.lib.errors import Conflict
from salesflow.lib.tabular import write_csv
from salesflow.people.models import User
from salesflow.work.services import note_add
from tests.leads import cast
from tests.leads.importing import HEADER, ROWS, counts, csv_of, imported, persons


def test_an_import_is_undone_but_for_what_people_worked_on(rep: User):
    old = lead_create(by=rep, values={"contact_name": "Kim", "email": "kim@orion.example"})
    job = imported(rep, ROWS, on_duplicate="merge")
    worked = Lead.objects.get(contact_name="王晓琳")
    note_add(subject=worked, by=rep, body="Called, wants a quote.")
    undone = import_undo(job=job, by=rep)
    assert (undone.status, undone.kept_after_undo) == ("undone", [worked.pk])
    assert set(Lead.objects.current().values_list("pk", flat=True)) == {old.pk, worked.pk}
    old.refresh_from_db()
    assert old.company_name == ""
    gone = Lead.objects.get(contact_name="Aisha Khan")
    assert gone.owner is None and not Ownership.objects.filter(lead=gone, ended_at=None).exists()
    assert not Clock.objects.filter(subject_id=gone.pk, state="running").exists()
    with pytest.raises(Conflict):
        import_undo(job=undone, by=rep)
    import_retry(job=undone, by=rep)
    import_run(job_id=job.pk)
    assert counts(job) == (1, 2, 0, 0), "the two that stayed are met again"
    assert undone.kept_after_undo and cast.fresh(job).kept_after_undo == []


def test_what_the_file_itself_filled_in_its_own_leads_is_no_work_of_people(rep: User):
    job = imported(rep, [*ROWS, ["", "Wang", "wang@mingyuan.example", "138 9999 0000"]], on_duplicate="merge")
    assert counts(job) == (3, 1, 0, 0)
    assert Event.objects.filter(kind="leads.filled", data__import=job.pk).count() == 0, "nothing was empty"
    job = imported(
        rep,
        [["", "Eve Vogel", "eve@v.example", ""], ["Vogel Ltd", "Eve Vogel", "eve@v.example", ""]],
        on_duplicate="merge",
    )
    assert counts(job) == (1, 1, 0, 0) and Event.objects.filter(kind="leads.filled").count() == 1
    assert import_undo(job=job, by=rep).kept_after_undo == []
    assert not Lead.objects.current().filter(email="eve@v.example").exists()


def test_what_another_import_filled_keeps_the_lead(rep: User):
    first = imported(rep, [["", "Eve Vogel", "eve@v.example", ""]])
    imported(rep, [["Vogel Ltd", "Eve Vogel", "eve@v.example", ""]], on_duplicate="merge")
    assert import_undo(job=first, by=rep).kept_after_undo == [Lead.objects.get(email="eve@v.example").pk]


def test_fields_that_people_changed_since_stay(rep: User):
    old = lead_create(
        by=rep, values={"contact_name": "Wang", "email": "wang@mingyuan.example"}, assignment="me"
    )
    header = [*HEADER, "city", "tags", "budget", "need_fit"]
    row = ["明远", "Wang", "wang@mingyuan.example", "138 0013 8000", "上海", "fair,2026", "500", "80"]
    job = imported(rep, [row], header=header, on_duplicate="merge")
    old.refresh_from_db()
    lead_edit(lead=old, by=rep, values={"company_name": "明远科技", "tags": ["fair", "vip"]})
    import_undo(job=job, by=rep)
    old.refresh_from_db()
    assert (old.company_name, old.tags) == ("明远科技", ["vip"]), "what was corrected stays"
    assert (old.phone, old.phone_keys, old.city, old.budget, old.need_fit) == ("", [], "", None, None)
    assert old.company_key and Event.objects.filter(kind="leads.unfilled", subject_id=old.pk).count() == 1


def test_a_lead_claimed_from_the_pool_is_worked_on(rep: User):
    job = imported(rep, ROWS, assignment="pool")
    taken = Lead.objects.get(contact_name="Daniel Kim")
    lead_claim(lead=taken, by=rep)
    assert import_undo(job=job, by=cast.person("ada", "admin")).kept_after_undo == [taken.pk]


def test_a_lead_of_an_undone_import_that_is_brought_back_waits_in_the_pool(rep: User):
    """It lost its owner with the import; a new lead is in a pool or was never placed anywhere."""
    job = imported(rep, ROWS[:1])
    past = imported(rep, ROWS[1:2], assignment="none")
    admin = cast.person("ada", "admin")
    import_undo(job=job, by=rep)
    import_undo(job=past, by=admin)
    placed, kept_out = Lead.objects.order_by("pk")
    lead = lead_restore(lead=placed, by=admin)
    assert lead.in_pool and lead.pool.is_default and lead.archived_at is None
    lead = lead_restore(lead=kept_out, by=admin)
    assert (lead.in_pool, lead.owner, lead.status, lead.archived_at) == (False, None, "new", None)


def test_a_large_import_is_undone_by_the_worker_and_goes_on_when_that_dies(
    rep: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leads.services.imports.undo.AT_ONCE", 10)
    monkeypatch.setattr("leads.services.imports.undo.BATCH", 8)
    job = imported(rep, persons(30))
    worked = Lead.objects.get(contact_name="Person Number3")
    note_add(subject=worked, by=rep, body="Called.")
    begun = import_undo(job=job, by=rep)
    assert (begun.status, begun.undoing_by) == ("running", rep)
    assert Lead.objects.current().count() == 30
    with pytest.raises(Conflict):
        import_undo(job=begun, by=rep)
    assert import_run(job_id=job.pk, seconds=0), "one batch, as if that were all the time there is"
    assert Lead.objects.current().count() == 23
    assert import_run(job_id=job.pk)
    undone = cast.fresh(job)
    assert (undone.status, undone.undoing_by, undone.kept_after_undo) == ("undone", None, [worked.pk])
    assert list(Lead.objects.current()) == [worked]
    assert Notice.objects.filter(user=rep, kind="leads.import_undone").count() == 1
    assert not import_run(job_id=job.pk)
    import_retry(job=undone, by=rep)
    import_run(job_id=job.pk)
    assert counts(job) == (29, 0, 1, 0)


def test_undoing_costs_the_same_for_few_and_for_many(rep: User, django_assert_max_num_queries: Any):
    numbers = []
    for start, rows in ((0, 3), (100, 40), (200, 60)):
        job = imported(rep, persons(rows, start=start))
        with django_assert_max_num_queries(60) as seen:
            import_undo(job=job, by=rep)
        numbers.append(len(seen))
    assert numbers[1] == numbers[2]


def test_a_failed_import_keeps_what_it_read_and_can_be_undone(rep: User, store: Any):
    file = io.BytesIO()
    write_csv(file, HEADER, persons(5))
    job = import_upload(file=SimpleUploadedFile("leads.csv", file.getvalue()), by=rep)
    for kept in store.glob("imports/*"):
        kept.unlink()
    import_run(job_id=job.pk)
    failed = cast.fresh(job)
    assert failed.status == "failed" and failed.error
    assert Notice.objects.filter(user=rep, kind="leads.import_failed").count() == 1
    assert import_undo(job=failed, by=rep).status == "undone"


def test_only_who_may_run_an_import_may_undo_it(rep: User):
    from salesflow.lib.errors import PermissionDenied

    job = imported(rep, ROWS)
    for other in (cast.person("eve"), cast.person("aud", "auditor")):
        with pytest.raises(PermissionDenied):
            import_undo(job=job, by=other)
    assert LeadImport.objects.get().status == "done" and Lead.objects.current().count() == 3
    assert csv_of(ROWS).size
