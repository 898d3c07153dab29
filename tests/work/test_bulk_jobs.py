"""One deed on many records: chosen or all that match, by the rights of the moment, each answered, and a way back."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from leads.models import Lead, Ownership
from leads.services import lead_archive, lead_disqualify
from salesflow.journal.models import Notice
from salesflow.people.models import Role
from salesflow.work.models import BulkJob, BulkJobRow
from salesflow.work.services import bulk_job_run, bulk_job_start, bulk_jobs
from tests.api.conftest import codes
from tests.leads import cast as scene
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def pool(cast: SimpleNamespace) -> None:
    scene.default_pool(members=[cast.alice, cast.bob], managers=[cast.mona])


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two, and nothing at once."""
    monkeypatch.setattr(bulk_jobs, "BATCH", 2)
    monkeypatch.setattr(bulk_jobs, "AT_ONCE", 0)


def tags(leads: list[Lead]) -> list[list[str]]:
    ids = [lead.pk for lead in leads]
    return list(Lead.objects.filter(pk__in=ids).order_by("pk").values_list("tags", flat=True))


def answers(job: BulkJob) -> list[tuple[str, str]]:
    return list(BulkJobRow.objects.filter(job=job).order_by("record_id").values_list("result", "code"))


def counts(job: BulkJob) -> tuple[int | None, int, int, int, int]:
    job = scene.fresh(job)
    return job.total, job.processed, job.done, job.refused, job.undone


# over REST


def test_a_few_are_done_at_once_each_with_its_answer(call: Call, cast: SimpleNamespace) -> None:
    mine, other = scene.leads_of(cast.alice, 2), scene.lead_of(cast.charlie)
    ids = [mine[0].pk, mine[1].pk, other.pk, other.pk + 1000]
    body = {"resource": "leads", "action": "tag", "params": {"tag": "fair"}, "ids": ids}
    made = call("alice").post("bulk-jobs/", body)
    job = made.json()
    assert made.status_code == 201
    assert (job["status"], job["total"], job["done"], job["refused"]) == ("done", 4, 2, 2)
    rows = call("alice").get(f"bulk-jobs/{job['id']}/rows/").json()["results"]
    assert [(row["record_id"], row["result"], row["code"]) for row in rows] == [
        (ids[0], "done", ""), (ids[1], "done", ""), (ids[2], "refused", "not_found"), (ids[3], "refused", "not_found"),
    ]  # fmt: skip
    assert tags([*mine, other]) == [["fair"], ["fair"], []]


def test_the_filter_travels_and_what_comes_later_is_no_part(
    call: Call, cast: SimpleNamespace, small_batches: None
) -> None:
    leads = scene.leads_of(cast.alice, 5, grade="A")
    scene.leads_of(cast.alice, 2, grade="C")
    query = "filter=grade+%3D+A+and+owner+%3D+my_team"
    body = {"resource": "leads", "action": "tag", "params": {"tag": "fair"}, "query": query}
    job = call("mona").post("bulk-jobs/", body).json()
    assert (job["status"], job["total"], job["is_picked"]) == ("queued", None, False)
    later = scene.lead_of(cast.alice, grade="A")
    assert bulk_job_run(job_id=job["id"])
    assert tags([*leads, later]) == [["fair"]] * 5 + [[]]
    assert counts(BulkJob.objects.get(pk=job["id"])) == (5, 5, 5, 0, 0)
    assert Notice.objects.filter(user=cast.mona, kind="work.bulk_done").count() == 1
    assert not bulk_job_run(job_id=job["id"])


def test_what_a_deed_takes_out_of_the_filter_is_met_once(cast: SimpleNamespace, small_batches: None) -> None:
    leads = scene.leads_of(cast.alice, 5)
    job = bulk_job_start(
        by=cast.mona, resource="leads", action="assign", params={"to": cast.bob.pk}, query=f"owner={cast.alice.pk}"
    )  # fmt: skip
    bulk_job_run(job_id=job.pk)
    assert scene.owners(leads) == [cast.bob.pk] * 5
    assert counts(job)[1:] == (5, 5, 0, 0)


@pytest.mark.parametrize(
    "body,where",
    [
        ({"action": "tag", "ids": [1]}, ("resource", "required")),
        ({"resource": "nothing", "action": "tag", "ids": [1]}, ("resource", "invalid_choice")),
        ({"resource": "leads", "action": "explode", "ids": [1]}, ("action", "invalid_choice")),
        ({"resource": "leads", "action": "tag", "ids": [1]}, ("tag", "required")),
        (
            {"resource": "leads", "action": "tag", "params": {"tag": "x" * 41}, "ids": [1]},
            ("tag", "required"),
        ),
        ({"resource": "leads", "action": "archive", "params": {"x": 1}, "ids": [1]}, ("x", "unknown_field")),
        ({"resource": "leads", "action": "archive", "ids": []}, ("ids", "min_length")),
        ({"resource": "leads", "action": "archive", "ids": list(range(1, 5002))}, ("ids", "max_length")),
        ({"resource": "leads", "action": "archive", "ids": ["x"]}, ("ids.0", "invalid")),
        ({"resource": "leads", "action": "archive", "query": "nothing=1"}, ("nothing", "unknown_filter")),
        ({"resource": "leads", "action": "archive", "query": "filter=grade"}, ("filter", "invalid")),
        ({"resource": "leads", "action": "archive"}, ("", "invalid")),
        ({"resource": "leads", "action": "archive", "ids": [1], "query": ""}, ("", "invalid")),
        (
            {"resource": "leads", "action": "set", "params": {"field": "owner", "value": "1"}, "ids": [1]},
            ("field", "invalid_choice"),
        ),
        ({"resource": "leads", "action": "assign", "params": {"to": "boss"}, "ids": [1]}, ("to", "required")),
    ],
)
def test_what_makes_no_sense_is_a_400_and_makes_no_job(call: Call, body: dict, where: tuple) -> None:
    answer = call("mona").post("bulk-jobs/", body)
    assert (answer.status_code, codes(answer)) == (400, [where])
    assert not BulkJob.objects.exists()


def test_who_may_not_do_the_deed_at_all_starts_no_job(call: Call, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    body = {"resource": "leads", "action": "assign", "params": {"to": cast.bob.pk}, "ids": [lead.pk]}
    assert call("alice").post("bulk-jobs/", body).status_code == 403
    assert call("auditor").post("bulk-jobs/", {**body, "action": "archive", "params": {}}).status_code == 403
    assert scene.owners([lead]) == [cast.alice.pk]


# the rights of the moment


def test_rights_are_asked_again_with_every_batch(cast: SimpleNamespace, small_batches: None) -> None:
    leads = scene.leads_of(cast.alice, 6)
    job = bulk_job_start(by=cast.mona, resource="leads", action="tag", params={"tag": "x"}, query="")
    bulk_jobs._batch(job.pk)
    cast.mona.roles.set(Role.objects.filter(code="finance"))
    assert bulk_job_run(job_id=job.pk)
    assert tags(leads) == [["x"], ["x"], [], [], [], []]
    assert (scene.fresh(job).status, counts(job)[1:]) == ("failed", (2, 2, 0, 0))


def test_a_record_that_left_his_sight_meanwhile_stays_as_it_is(
    cast: SimpleNamespace, small_batches: None
) -> None:
    leads = scene.leads_of(cast.alice, 2)
    job = bulk_job_start(
        by=cast.alice, resource="leads", action="tag", params={"tag": "x"}, ids=[lead.pk for lead in leads]
    )
    Ownership.objects.filter(lead=leads[0]).update(owner=cast.charlie)
    Lead.objects.filter(pk=leads[0].pk).update(owner=cast.charlie)
    bulk_job_run(job_id=job.pk)
    assert answers(job) == [("refused", "not_found"), ("done", "")]


# killed, cancelled, taken up


def test_a_batch_that_is_killed_leaves_nothing_and_is_done_again(
    cast: SimpleNamespace, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = scene.leads_of(cast.alice, 3)
    job = bulk_job_start(by=cast.mona, resource="leads", action="tag", params={"tag": "x"}, query="")
    good = bulk_jobs._answered

    def killed(*args: Any) -> Any:
        good(*args)
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(bulk_jobs, "_answered", killed)
        with pytest.raises(SystemExit):
            bulk_job_run(job_id=job.pk)
    assert (tags(leads), counts(job)[1:]) == ([[], [], []], (0, 0, 0, 0))
    assert bulk_jobs.bulk_jobs_sweep() == {"processed": 1}
    assert (tags(leads), scene.fresh(job).status) == ([["x"]] * 3, "done")


def test_a_fault_of_ours_ends_the_job_and_says_so(
    cast: SimpleNamespace, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.leads_of(cast.alice, 1)
    job = bulk_job_start(by=cast.mona, resource="leads", action="archive", query="")

    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(bulk_jobs, "_answered", broken)
    bulk_job_run(job_id=job.pk)
    job = scene.fresh(job)
    assert job.status == "failed" and "our side" in job.error
    assert Notice.objects.filter(kind="work.bulk_failed", user=cast.mona).exists()


def test_a_stopped_job_keeps_what_it_did(call: Call, cast: SimpleNamespace, small_batches: None) -> None:
    leads = scene.leads_of(cast.alice, 4)
    job = bulk_job_start(by=cast.mona, resource="leads", action="tag", params={"tag": "x"}, query="")
    bulk_jobs._batch(job.pk)
    assert call("mona").post(f"bulk-jobs/{job.pk}/cancel/").json()["status"] == "cancelled"
    assert not bulk_job_run(job_id=job.pk)
    assert tags(leads) == [["x"], ["x"], [], []]
    assert call("mona").post(f"bulk-jobs/{job.pk}/cancel/").json()["code"] == "not_running"
    assert call("mona").post(f"bulk-jobs/{job.pk}/undo/").status_code == 200
    bulk_job_run(job_id=job.pk)
    assert tags(leads) == [[]] * 4


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_does_a_batch(cast: SimpleNamespace, small_batches: None) -> None:
    scene.leads_of(cast.alice, 2)
    job = bulk_job_start(by=cast.mona, resource="leads", action="archive", query="")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM work_bulkjob WHERE id = %s FOR NO KEY UPDATE", [job.pk])
        assert bulk_jobs._batch(job.pk) is None
        other.rollback()
        assert bulk_jobs._batch(job.pk) is True
    finally:
        other.close()


# back again


def test_a_reassignment_is_taken_back_where_nobody_went_on(call: Call, cast: SimpleNamespace) -> None:
    his, pooled = scene.leads_of(cast.alice, 3), scene.lead_in_pool()
    leads = [*his, pooled]
    body = {"resource": "leads", "action": "assign", "params": {"to": cast.bob.pk}}
    job = call("mona").post("bulk-jobs/", {**body, "ids": [lead.pk for lead in leads]}).json()
    assert scene.owners(leads) == [cast.bob.pk] * 4
    later = {**body, "params": {"to": cast.alice.pk}, "ids": [his[0].pk]}
    call("mona").post("bulk-jobs/", later)
    back = call("mona").post(f"bulk-jobs/{job['id']}/undo/").json()
    assert (back["status"], back["done"], back["undone"]) == ("undone", 4, 3)
    assert scene.owners(leads) == [cast.alice.pk] * 3 + [None]
    assert scene.fresh(pooled).in_pool and scene.fresh(pooled).returned_count == 0
    assert answers(BulkJob.objects.get(pk=job["id"]))[0] == ("done", "changed_since")
    assert call("mona").post(f"bulk-jobs/{job['id']}/undo/").json()["code"] == "not_ended"


def test_a_limit_does_not_stand_against_getting_back_what_one_had(call: Call, cast: SimpleNamespace) -> None:
    leads = scene.leads_of(cast.alice, 3)
    ids = [lead.pk for lead in leads]
    job = call("mona").post(
        "bulk-jobs/", {"resource": "leads", "action": "assign", "params": {"to": cast.bob.pk}, "ids": ids}
    )
    scene.default_pool(max_held=1)
    assert call("mona").post(f"bulk-jobs/{job.json()['id']}/undo/").json()["undone"] == 3


@pytest.mark.parametrize("action,params", [("tag", {"tag": "b"}), ("untag", {"tag": "a"}), ("archive", {}),
                                           ("set", {"field": "city", "value": "Ulm"})])  # fmt: skip
def test_what_was_so_before_is_so_after_undoing(
    call: Call, cast: SimpleNamespace, action: str, params: dict
) -> None:
    leads = [
        scene.lead_of(cast.alice, tags=["a"], city="Bonn"),
        scene.lead_of(cast.alice, tags=["b"], city=""),
    ]

    def state() -> list[Any]:
        ids = [lead.pk for lead in leads]
        rows = Lead.objects.filter(pk__in=ids).order_by("pk")
        return list(rows.values_list("tags", "city", "archived_at", "owner", "status"))

    before = state()
    body = {"resource": "leads", "action": action, "params": params, "ids": [lead.pk for lead in leads]}
    job = call("alice").post("bulk-jobs/", body).json()
    assert job["done"] == 2 and state() != before
    assert call("alice").post(f"bulk-jobs/{job['id']}/undo/").json()["undone"] == 2
    assert state() == before


def test_undoing_obeys_the_rights_of_who_undoes(call: Call, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    body = {"resource": "leads", "action": "tag", "params": {"tag": "x"}, "ids": [lead.pk]}
    job = call("alice").post("bulk-jobs/", body).json()
    assert call("bob").post(f"bulk-jobs/{job['id']}/undo/").status_code == 404
    assert call("auditor").post(f"bulk-jobs/{job['id']}/undo/").status_code == 403
    assert call("mona").post(f"bulk-jobs/{job['id']}/undo/").json()["undone"] == 1


def test_what_has_no_way_back_says_so(call: Call, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    body = {"resource": "leads", "action": "return", "params": {"reason": "too far"}, "ids": [lead.pk]}
    job = call("alice").post("bulk-jobs/", body).json()
    assert job["done"] == 1 and scene.fresh(lead).in_pool
    assert call("alice").post(f"bulk-jobs/{job['id']}/undo/").json()["code"] == "not_undoable"


def test_archived_leads_are_restored_and_only_they(call: Call, cast: SimpleNamespace) -> None:
    gone, here = scene.leads_of(cast.alice, 2)
    lead_archive(lead=gone, by=cast.alice)
    body = {"resource": "leads", "action": "restore", "ids": [gone.pk, here.pk]}
    assert call("alice").post("bulk-jobs/", body).json()["done"] == 1
    assert scene.fresh(gone).archived_at is None
    query = {"resource": "leads", "action": "archive", "query": "grade=B"}
    assert call("alice").post("bulk-jobs/", query).json()["done"] == 2
    assert call("alice").post("bulk-jobs/", {**query, "action": "restore"}).json()["total"] == 0
    back = {**query, "action": "restore", "query": "grade=B&archived=true"}
    assert call("alice").post("bulk-jobs/", back).json()["done"] == 2


def test_a_refusal_of_one_lead_undoes_nothing_of_the_others(call: Call, cast: SimpleNamespace) -> None:
    good, ended = scene.leads_of(cast.alice, 2)
    lead_disqualify(lead=ended, by=cast.alice, reason=scene.reason())
    body = {
        "resource": "leads",
        "action": "assign",
        "params": {"to": cast.bob.pk},
        "ids": [good.pk, ended.pk],
    }
    job = call("mona").post("bulk-jobs/", body).json()
    assert (job["done"], job["refused"]) == (1, 1)
    assert scene.owners([good, ended]) == [cast.bob.pk, cast.alice.pk]


# on pages


def test_all_that_match_are_changed_from_the_page_and_back(
    browse: Browse, cast: SimpleNamespace, small_batches: None
) -> None:
    leads = scene.leads_of(cast.alice, 60)
    client = browse("mona")
    page = client.get("/leads/?grade=B").content.decode()
    assert 'name="all"' in page and 'name="tag.tag"' in page
    typed = {"list": "leads", "action": "tag", "tag.tag": "fair", "all": "1", "query": "grade=B"}
    answer = client.post("/bulk-jobs/start/", typed)
    job = BulkJob.objects.get()
    assert answer["Location"] == f"/bulk-jobs/{job.pk}/"
    bulk_jobs._batch(job.pk)
    page = client.get(job.get_absolute_url()).content.decode()
    assert "every 1s" in page and "Stop" in page
    bulk_job_run(job_id=job.pk)
    page = client.get(job.get_absolute_url(), headers={"HX-Target": "bulk-job"}).content.decode()
    assert "every 1s" not in page and "Undo" in page and "<html" not in page
    client.post(f"/bulk-jobs/{job.pk}/undo/")
    bulk_job_run(job_id=job.pk)
    assert tags(leads) == [[]] * 60
    assert f'href="/bulk-jobs/{job.pk}/"' in client.get("/bulk-jobs/").content.decode()


def test_a_few_from_the_page_are_done_with_a_toast_that_undoes(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    client = browse("alice")
    typed = {"list": "leads", "action": "tag", "tag.tag": "fair", "ids": lead.pk}
    answer = client.post("/bulk-jobs/start/", typed)
    assert (answer.status_code, told(answer), tags([lead])) == (302, "1 record changed.", [["fair"]])
    job = BulkJob.objects.get()
    client.post(f"/bulk-jobs/{job.pk}/undo/")
    assert tags([lead]) == [[]]
    here = {"referer": "http://testserver/leads/"}
    answer = client.post("/bulk-jobs/start/", {**typed, "tag.tag": ""}, headers=here)
    assert answer.status_code == 302 and "characters is needed" in told(answer)
