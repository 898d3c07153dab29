"""An import goes on behind the last committed row, whoever is killed, and is never read by two."""

import http.client
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.db.models import F

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services import import_run, import_stop, import_upload
from leads.services.imports import chunk as chunk_module
from leads.services.imports import flow as flow_module
from leads.services.imports import imports_sweep
from leads.tasks import run_import
from salesflow.lib.errors import Conflict
from salesflow.people.models import User
from salesflow.work.services.imports import driver, storing
from tests.leads import cast
from tests.leads.importing import counts, csv_of, persons
from tests.support.instance import Instance
from tests.support.waiting import wait_until


def test_killed_between_two_chunks_the_job_goes_on_and_nothing_is_twice(
    rep: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(flow_module, "CHUNK", 10)
    job = import_upload(file=csv_of(persons(35)), by=rep)
    plain: Callable[..., None] = storing.Chunks.enter
    calls = []

    def dies(self: Any, chunk: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        plain(self, chunk)

    monkeypatch.setattr(storing.Chunks, "enter", dies)
    with pytest.raises(KeyboardInterrupt):
        import_run(job_id=job.pk)
    monkeypatch.setattr(storing.Chunks, "enter", plain)
    job.refresh_from_db()
    assert (job.status, job.processed) == ("running", 20)
    assert not import_run(job_id=job.pk), "the dead worker's lease still holds"
    LeadImport.objects.filter(pk=job.pk).update(leased_until=F("created_at"))
    assert imports_sweep() == {"processed": 1}
    assert counts(job) == (35, 0, 0, 0)


def test_a_slice_of_work_ends_and_the_next_goes_on(rep: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flow_module, "CHUNK", 10)
    monkeypatch.setattr(driver, "WORTH_OPENING", 0)
    monkeypatch.setattr("leads.tasks.SLICE_SECONDS", 0)
    job = import_upload(file=csv_of(persons(25)), by=rep)
    seen = []
    for _turn in range(4):
        run_import(job.pk)
        job.refresh_from_db()
        seen.append((job.status, job.processed, job.leased_until))
    assert seen == [("running", 10, None), ("running", 20, None), ("running", 25, None), ("done", 25, None)]


def test_memory_is_bounded_by_the_length_of_rows_too(rep: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(driver, "CHUNK_CHARS", 2000)
    lengths = []
    plain = storing.Chunks.enter

    def watched(self: Any, chunk: Any) -> None:
        lengths.append(len(chunk.rows))
        plain(self, chunk)

    monkeypatch.setattr(storing.Chunks, "enter", watched)
    rows = [[f"Firm {n}", "", "", "", "x" * 900] for n in range(7)]
    job = import_upload(file=csv_of(rows, ["company_name", "contact_name", "email", "phone", "need"]), by=rep)
    import_run(job_id=job.pk)
    assert counts(job)[0] == 7 and max(lengths) == 3


def test_a_running_import_can_be_stopped_and_gone_on_with(rep: User, monkeypatch: pytest.MonkeyPatch):
    from leads.services import import_retry

    monkeypatch.setattr(flow_module, "CHUNK", 10)
    monkeypatch.setattr(driver, "WORTH_OPENING", 0)
    job = import_upload(file=csv_of(persons(25)), by=rep)
    import_run(job_id=job.pk, seconds=0)
    stopped = import_stop(job=job, by=rep)
    assert (stopped.status, stopped.processed) == ("failed", 10) and "ann" in stopped.error
    assert not import_run(job_id=job.pk)
    with pytest.raises(Conflict):
        import_stop(job=stopped, by=rep)
    import_retry(job=stopped, by=rep)
    import_run(job_id=job.pk)
    assert counts(job) == (25, 0, 0, 0)


def test_a_passing_refusal_of_the_database_is_tried_again(rep: User, monkeypatch: pytest.MonkeyPatch):
    from django.db import OperationalError

    plain, turns = chunk_module.leads_enter, []

    class Deadlock(Exception):
        pgcode = "40P01"

    def refuses_once(**kwargs: Any) -> Any:
        turns.append(1)
        if len(turns) == 1:
            raise OperationalError("deadlock detected") from Deadlock()
        return plain(**kwargs)

    monkeypatch.setattr(chunk_module, "leads_enter", refuses_once)
    job = import_upload(file=csv_of(persons(5)), by=rep)
    import_run(job_id=job.pk)
    assert counts(job) == (5, 0, 0, 0) and len(turns) == 2


def test_what_nobody_foresaw_ends_the_import_with_words_and_it_can_be_tried_again(
    rep: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(chunk_module, "leads_enter", lambda **kwargs: 1 / 0)
    job = import_upload(file=csv_of(persons(5)), by=rep)
    import_run(job_id=job.pk)
    failed = cast.fresh(job)
    assert (failed.status, failed.processed) == ("failed", 0) and "wrong on our side" in failed.error
    assert not Lead.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_only_one_reads_a_chunk(store: Any, monkeypatch: pytest.MonkeyPatch):
    """Both believe that the lease is theirs; the job's row lets one of them commit each chunk.

    With the condition on `read_until` taken out both enter the same rows, and the import breaks off.
    """
    from leads.services.defaults import leads_ensure_defaults
    from salesflow.people.services import people_ensure_defaults

    people_ensure_defaults()
    leads_ensure_defaults()
    monkeypatch.setattr(flow_module, "CHUNK", 20)
    rep = cast.person("ann")
    cast.default_pool(members=[rep])
    cast.rule()
    job = import_upload(file=csv_of(persons(400)), by=rep)
    with transaction.atomic():
        LeadImport.objects.filter(pk=job.pk).update(status="running")
    taken = lambda flow, pk: LeadImport.objects.select_related("by").get(pk=pk)  # noqa: E731
    monkeypatch.setattr(driver, "_taken", taken)
    together = threading.Barrier(2)

    def work() -> None:
        try:
            together.wait(10)
            import_run(job_id=job.pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _each in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    import_run(job_id=job.pk)
    assert counts(job) == (400, 0, 0, 0)
    assert Lead.objects.filter(imported_by=job).count() == 400
    assert LeadImportRow.objects.filter(lead_import=job).distinct("number").count() == 400


@pytest.mark.processes
def test_an_import_whose_worker_is_killed_goes_on_in_the_next(live_instance: Instance):
    """Nothing is lost and nothing twice, with a real worker killed in the middle of a real file."""
    live = live_instance
    live.env["SALESFLOW_PASSWORD"] = "a long enough one"
    live.manage("create_admin", "ada@example.com")
    token = live.manage("create_token", "ada@example.com").stdout.strip().splitlines()[-1]
    file = csv_of(persons(9000)).read()
    edge = "----edge"
    parts = (
        f'--{edge}\r\nContent-Disposition: form-data; name="assignment"\r\n\r\nnone\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="leads.csv"\r\n\r\n'
    )
    line = http.client.HTTPConnection(urlsplit(live.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={edge}"}
    line.request(
        "POST", "/api/v1/lead-imports/", parts.encode() + file + f"\r\n--{edge}--\r\n".encode(), headers
    )
    answer = line.getresponse()
    assert answer.status == 201, answer.read()
    pk = json.loads(answer.read())["id"]

    def state() -> tuple[str, int]:
        return live.sql("SELECT status, processed FROM leads_leadimport WHERE id = %s", pk)[0]

    wait_until(lambda: state()[1] > 0, "the import has begun", 60, tell=lambda: live.log("worker"))
    live.kill("worker")
    assert state()[0] == "running" and state()[1] < 9000, "killed in the middle"
    wait_until(
        lambda: state()[0] == "done", "another worker has finished it", 120, tell=lambda: live.log("worker")
    )
    [(leads, names, rows)] = live.sql(
        "SELECT count(*), count(DISTINCT contact_name), (SELECT count(*) FROM leads_leadimportrow) FROM leads_lead"
    )
    assert (leads, names, rows, state()[1]) == (9000, 9000, 9000, 9000)
