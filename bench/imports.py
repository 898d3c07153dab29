"""Importing a generated file through the real pipeline: rows per second, and the memory of the worker."""

import os
import time
from pathlib import Path
from typing import Any

from bench.client import Client
from bench.fill import csv_lines, people_ensure, person
from bench.instance import Instance, children, command
from bench.report import Report, seconds_of

COLUMNS = "id bigserial PRIMARY KEY, external_id text, company text, contact text, email text, mobile text"
PATIENCE_SECONDS = 900


def arguments(parser: Any) -> None:
    parser.add_argument("--small", type=int, default=10_000, help="rows of the file before (default: 10,000)")


def measure(instance: Instance, report: Report, options: Any) -> None:
    people_ensure()
    client = Client(instance, person("admin"))
    for rows in (options.small, options.leads):
        space = chr(98 + rows % 7) + f"{rows}{os.getpid()}"
        content = "".join(csv_lines(rows, space=space)).encode()
        bare = rows / seconds_of(lambda content=content: _bare(content))
        forget_peaks(instance)
        began = time.perf_counter()
        job = client.upload("/api/v1/lead-imports/", "bench.csv", content)
        job = _await(client, job["id"])
        seconds = time.perf_counter() - began
        report.say(
            f"{rows:,} rows, {job['created']:,} created, {len(content) / 1e6:.1f} MB", rows / seconds, "rows/s",
            goal="≥ 2,000 rows/s", baseline=bare, baseline_name="COPY, 3 indexes",
        )  # fmt: skip
        report.say(f"{rows:,} rows, peak of the busiest worker", peak(instance), "MB", goal="does not grow")


def _bare(content: bytes) -> None:
    """COPY of the same names into a table with three indexes, committed."""
    import csv
    import io

    from django.db import connection, transaction

    text = io.StringIO()
    for row in csv.DictReader(io.StringIO(content.decode())):
        names = ("external_id", "company_name", "contact_name", "email", "mobile")
        text.write("\t".join(row[name] for name in names) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bench_bare; CREATE TABLE bench_bare ({COLUMNS})")
        cursor.execute("CREATE INDEX ON bench_bare (email); CREATE INDEX ON bench_bare (mobile)")
        with transaction.atomic():
            cursor.copy_expert(
                "COPY bench_bare (external_id, company, contact, email, mobile) FROM STDIN", text
            )
        cursor.execute("DROP TABLE bench_bare")


def _await(client: Client, job: int) -> Any:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = client.json(f"/api/v1/lead-imports/{job}/")
        if found["status"] in ("done", "failed"):
            if found["status"] == "failed":
                raise SystemExit(f"The import failed: {found['error']}")
            return found
        time.sleep(0.2)
    raise SystemExit("The import did not end.")


def _workers(instance: Instance) -> list[int]:
    return [pid for pid in children(instance.pid) if "celery" in command(pid)]


def forget_peaks(instance: Instance) -> None:
    for pid in _workers(instance):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(instance: Instance) -> float:
    peaks = [0]
    for pid in _workers(instance):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peaks.append(int(line.split()[1]))
    return max(peaks) / 1024
