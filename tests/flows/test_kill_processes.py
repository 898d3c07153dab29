"""Processes are killed under a department at work; when it is over everything has happened, in time, and once.

Reps claim and log contacts over REST while clocks of a few seconds end all around them; leads are entered, a file is
imported. Worker, scheduler, web, Redis and PostgreSQL are killed in turn, then all at once, then their supervisor. At
last Redis is gone for good. The tests ask about what is left.
"""

import csv
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.flows.company import Company, Visitor, settled
from tests.flows.drill import TOLD, Department, one
from tests.support.instance import started_copy
from tests.support.servers import RedisServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.processes
LIMIT = 6
BATCHES, OF = 12, 15
ROWS = 6000


@pytest.fixture(scope="module")
def redis(instances: Path) -> Iterator[RedisServer]:
    """A Redis beside the instance, which no supervisor starts again."""
    folder = instances / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    server.start()
    yield server
    server.stop()


@dataclass
class Aftermath:
    company: Company
    department: Department
    entered: set[str] = field(default_factory=set)
    job: int = 0
    read_when_killed: int = 0
    page: str = ""


@pytest.fixture(scope="module")
def aftermath(prepared_data: Path, instances: Path, redis: RedisServer) -> Iterator[Aftermath]:
    live = started_copy(prepared_data, instances, env={"REDIS_URL": redis.url})
    company = settled(live)
    drill = Aftermath(company, Department(company))
    try:
        company.rest("admin").limit(LIMIT)
        happens(drill, redis)
        yield drill
    finally:
        drill.department.stop.set()
        live.clear()


def happens(drill: Aftermath, redis: RedisServer) -> None:
    company, live, department = drill.company, drill.company.live, drill.department
    department.begin()
    entering = threading.Thread(target=enter, args=(drill,))
    entering.start()
    drill.job = import_a_file(company)
    wait_until(lambda: read_of(drill) > 0, "the import has begun", 60)
    drill.read_when_killed = read_of(drill)
    for name in ("worker", "scheduler", "web", "postgres"):
        kill(live, name)
        department.wait_for_work()
    redis.kill()
    redis.start()
    department.wait_for_work()
    kill(live, *("worker", "scheduler", "web", "postgres"))
    department.wait_for_work()
    live.up.kill()
    live.up.wait()
    live.start()
    department.wait_for_work()

    redis.kill()
    visitor = Visitor(company, "rep1")
    for path in ("/", "/leads/", "/pool/", "/figures/", "/notices/"):
        visitor.get(path)
    drill.page = visitor.post("/leads/new/", company_name="Calm Waters Ltd", assignment="me")
    department.wait_for_work()
    department.work_until(contacts=25, claims=25)
    entering.join(60)
    assert not entering.is_alive()
    department.end()
    running = "SELECT count(*) FROM clocks_clock WHERE state = 'running'"
    wait_until(
        lambda: one(company, running) == 0, "every clock has ended", 75, tell=lambda: live.log("scheduler")
    )
    wait_until(lambda: read_of(drill) == ROWS, "the import is done", 90, tell=lambda: live.log("scheduler"))
    redis.start()
    live.wait_healthy(60)


def kill(live, *names):
    before = {name: live.kill(name) for name in names}
    for name in names:
        wait_until(lambda: live.pid(name) != before[name], f"{name} is started again", 40)  # noqa: B023


def enter(drill: Aftermath) -> None:
    """Leads come in all the while; who does not get an answer asks again under the same key."""
    rest = drill.company.rest("manager")
    for batch in range(BATCHES):
        names = [f"entered-{batch}-{place}" for place in range(OF)]
        rows = [{"external_id": name, "company_name": name, "need_fit": 90} for name in names]
        status, _answer = rest.post_surely("leads/bulk/", {"rows": rows})
        assert status == 200
        drill.entered.update(names)
        drill.department.stop.wait(1)


def import_a_file(company: Company) -> int:
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["external_id", "contact_name", "email"])
    rows.writerows([f"row-{n}", f"Person {n}", f"person{n}@rows.example"] for n in range(ROWS))
    return company.rest("rep1").upload("lead-imports/", "rows.csv", table.getvalue(), assignment="none")["id"]


def read_of(drill: Aftermath) -> int:
    return one(drill.company, "SELECT processed FROM leads_leadimport WHERE id = %s", drill.job) or 0


def test_nobody_meets_a_fault_only_refusals_and_busy_moments(aftermath):
    department = aftermath.department
    assert not department.faults
    assert set(department.statuses) <= {200, 201, 400, 403, 404, 409, 503}, department.statuses
    assert department.told <= TOLD
    assert len(department.logged) > 20 and len(department.claimed) > 20
    assert "Calm Waters Ltd" in aftermath.page


def test_no_lead_is_lost_and_none_is_entered_twice(aftermath):
    rows = aftermath.company.sql(
        "SELECT external_id, count(*) FROM leads_lead WHERE external_id LIKE 'entered-%%' GROUP BY 1", 0
    )
    assert dict(rows) == dict.fromkeys(aftermath.entered, 1)
    assert len(aftermath.entered) == BATCHES * OF


def test_every_promise_of_the_product_holds(aftermath):
    answer = json.loads(aftermath.company.live.manage("check_invariants", "--json", check=False).stdout)
    assert answer["broken"] == [] and answer["checked"] > 20


def test_each_lead_is_in_one_pair_of_hands_or_in_the_pool(aftermath):
    wrong = """
        SELECT l.id, l.status, l.owner_id, l.in_pool, count(o.id) FROM leads_lead l
        LEFT JOIN leads_ownership o ON o.lead_id = l.id AND o.ended_at IS NULL
        WHERE l.imported_by_id IS NULL
        GROUP BY l.id
        HAVING NOT (l.in_pool AND l.owner_id IS NULL AND count(o.id) = 0
            OR NOT l.in_pool AND count(o.id) = 1 AND min(o.owner_id) = l.owner_id)
    """
    assert aftermath.company.sql(wrong) == []


def test_what_was_answered_is_there_once(aftermath):
    """A contact or claim that was acknowledged outlives the kill that came a moment later."""
    said = aftermath.company.sql("SELECT summary, count(*) FROM work_activity GROUP BY 1")
    found = dict(said)
    assert {summary: found.get(summary) for _lead, summary in aftermath.department.logged} == {
        summary: 1 for _lead, summary in aftermath.department.logged
    }
    claims = "SELECT lead_id, count(*) FROM leads_ownership WHERE via = 'claim' GROUP BY 1"
    kept = dict(aftermath.company.sql(claims))
    for lead in set(aftermath.department.claimed):
        assert kept[lead] >= aftermath.department.claimed.count(lead)


EXPIRED = """
    SELECT o.*, c.due_at, c.breached_at, c.processed_at, c.met_at, c.n FROM leads_ownership o
    LEFT JOIN LATERAL (
        SELECT min(due_at) AS due_at, min(breached_at) AS breached_at, min(processed_at) AS processed_at,
            min(met_at) AS met_at, count(*) AS n
        FROM clocks_clock WHERE subject_type = 'leads.lead' AND subject_id = o.lead_id AND owner_id = o.owner_id
            AND started_at = o.started_at
    ) c ON true
    WHERE o.end_reason = 'expired'
"""


def expired(aftermath, condition: str) -> list[tuple]:
    """Ownerships that the clock ended and of which this is true."""
    return aftermath.company.sql(f"SELECT * FROM ({EXPIRED}) x WHERE {condition}")


def test_none_goes_back_early_or_after_a_contact_in_time(aftermath):
    assert len(expired(aftermath, "true")) > 50
    assert expired(aftermath, "n <> 1") == []
    assert expired(aftermath, "ended_at < due_at OR breached_at <> due_at") == []
    assert expired(aftermath, f"due_at <> started_at + interval '{LIMIT} s'") == []
    assert expired(aftermath, "first_contacted_at IS NOT NULL OR met_at IS NOT NULL") == []
    in_time = """
        SELECT a.id FROM work_activity a JOIN leads_ownership o ON o.lead_id = a.subject_id
            AND a.logged_at BETWEEN o.started_at AND coalesce(o.ended_at, 'infinity')
        WHERE a.subject_type = 'leads.lead' AND o.end_reason = 'expired'
    """
    assert aftermath.company.sql(in_time) == []


def test_none_goes_back_twice(aftermath):
    wrong = """
        SELECT l.id, l.returned_count, ended.n, told.n FROM leads_lead l
        LEFT JOIN LATERAL (SELECT count(*) AS n FROM leads_ownership
            WHERE lead_id = l.id AND end_reason = 'expired') ended ON true
        LEFT JOIN LATERAL (SELECT count(*) AS n FROM journal_event
            WHERE subject_type = 'leads.lead' AND subject_id = l.id AND kind = 'leads.timed_out') told ON true
        WHERE (l.returned_count, l.returned_count) <> (ended.n, told.n)
    """
    assert aftermath.company.sql(wrong) == []


def test_who_lost_a_lead_and_his_manager_are_told_of_each_once(aftermath):
    told = """
        SELECT split_part(u.email, '@', 1), sum((n.params->>'count')::int) FROM journal_notice n
        JOIN people_user u ON u.id = n.user_id WHERE n.kind = %s GROUP BY 1
    """
    lost = dict(
        aftermath.company.sql(
            "SELECT split_part(u.email, '@', 1), count(*) FROM leads_ownership o \
             JOIN people_user u ON u.id = o.owner_id WHERE o.end_reason = 'expired' GROUP BY 1"
        )
    )
    assert dict(aftermath.company.sql(told, "leads.timed_out")) == lost
    managers = dict(aftermath.company.sql(told, "leads.timed_out_of_rep"))
    assert managers == {
        "manager": lost["rep1"] + lost["rep2"],
        "manager2": lost["rep3"] + lost["rep4"],
    }


def test_nothing_is_late_for_long_although_everything_was_killed(aftermath):
    """A minute at most without Redis, and what it takes to start everything again."""
    late = aftermath.company.one(f"SELECT max(processed_at - due_at) FROM ({EXPIRED}) x")
    assert late.total_seconds() < 100
    by = aftermath.company.one("SELECT count(*) FROM clocks_clock WHERE attempts > 0")
    assert by == 0, "no row was set aside"


def test_the_killed_import_finishes_with_each_row_once(aftermath):
    assert 0 < aftermath.read_when_killed < ROWS, "killed in the middle"
    company = aftermath.company
    counts = "SELECT status, total, processed, created, merged, skipped, rejected FROM leads_leadimport WHERE id = %s"
    assert company.sql(counts, aftermath.job) == [("done", ROWS, ROWS, ROWS, 0, 0, 0)]
    rows = "SELECT count(*), count(DISTINCT number), count(DISTINCT lead_id) FROM leads_leadimportrow"
    assert company.sql(rows) == [(ROWS, ROWS, ROWS)]
    leads = "SELECT count(*), count(DISTINCT external_id) FROM leads_lead WHERE imported_by_id = %s"
    assert company.sql(leads, aftermath.job) == [(ROWS, ROWS)]
    assert company.one("SELECT count(*) FROM journal_notice WHERE kind = 'leads.import_done'") == 1
