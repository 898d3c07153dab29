"""5,000 leads of others reassigned to one person by a bulk job over REST, and the job undone."""

import time
from typing import Any

from bench.client import Client
from bench.fill import enter, leads_ensure, people_ensure, person
from bench.instance import Instance
from bench.report import Report

BATCH, PATIENCE_SECONDS = 1000, 300


def arguments(parser: Any) -> None:
    parser.add_argument("--reassign", type=int, default=5000, help="leads to reassign (default: 5,000)")


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    space = f"b{int(time.time()) % 100_000}"
    ids = [
        lead
        for start in range(0, options.reassign, BATCH)
        for lead in enter(range(start, min(start + BATCH, options.reassign)), space=space)
    ]
    admin, before = Client(instance, person("admin")), _owners(ids)
    to = people_ensure()[0].pk
    body = {"resource": "leads", "action": "assign", "params": {"to": to}, "ids": ids}
    began = time.perf_counter()
    job = admin.post("/api/v1/bulk-jobs/", body)
    report.say("answer to the request", time.perf_counter() - began, "s")
    job = _ended(admin, job["id"], "done")
    report.say(f"{len(ids):,} leads reassigned", time.perf_counter() - began, "s")
    moved = sum(owner == to for owner in _owners(ids).values())
    began = time.perf_counter()
    admin.post(f"/api/v1/bulk-jobs/{job['id']}/undo/", {})
    job = _ended(admin, job["id"], "undone")
    report.say(f"{job['undone']:,} of them undone", time.perf_counter() - began, "s")
    after = _owners(ids)
    back = sum(after[lead] == owner for lead, owner in before.items())
    report.remark(
        f"done {job['done']:,}, refused {job['refused']:,}; {moved:,} were his, {back:,} are again where they were"
    )


def _ended(client: Client, job: int, status: str) -> Any:
    """The job once a worker is through with it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = client.json(f"/api/v1/bulk-jobs/{job}/")
        if found["status"] == status:
            return found
        if found["status"] == "failed":
            raise RuntimeError(f"the job broke off: {found['error']}")
        time.sleep(0.2)
    raise RuntimeError(f"the job is not {status} after {PATIENCE_SECONDS} s")


def _owners(ids: list[int]) -> dict[int, int | None]:
    from leads.models import Lead

    return dict(Lead.objects.filter(pk__in=ids).values_list("pk", "owner_id"))
