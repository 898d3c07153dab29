"""Every lead out into a file through the real pipeline: seconds for CSV and XLSX, and the memory of the worker."""

import time
from typing import Any

from bench.client import Client
from bench.fill import leads_ensure, people_ensure, person
from bench.imports import forget_peaks, peak
from bench.instance import Instance
from bench.report import Report, seconds_of

PATIENCE_SECONDS = 900


def measure(instance: Instance, report: Report, options: Any) -> None:
    people_ensure()
    leads_ensure(options.leads)
    client = Client(instance, person("admin"))
    bare = seconds_of(_bare)
    for format_ in ("csv", "xlsx"):
        for layout in ("shown", "all"):
            forget_peaks(instance)
            began = time.perf_counter()
            job = client.post("/api/v1/leads/export/", {"format": format_, "layout": layout})
            job = _await(client, job["id"])
            seconds = time.perf_counter() - began
            name = f"{job['written']:,} leads as {format_}, columns {layout}, {job['size'] / 1e6:.1f} MB"
            report.say(name, seconds, "s", baseline=bare, baseline_name="COPY to CSV")
            report.say(f"{name}, peak of the busiest worker", peak(instance), "MB", goal="does not grow")


def _bare() -> None:
    """The same leads by COPY, to nowhere."""
    import io

    from django.db import connection

    names = "id, contact_name, company_name, grade, first_contact_due_at, status, score, budget, currency, created_at"
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT {names} FROM leads_lead) TO STDOUT (FORMAT csv)", io.StringIO())


def _await(client: Client, job: int) -> Any:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = client.json(f"/api/v1/exports/{job}/")
        if found["status"] in ("done", "failed"):
            if found["status"] == "failed":
                raise SystemExit(f"The export failed: {found['error']}")
            return found
        time.sleep(0.2)
    raise SystemExit("The export did not end.")
