"""Creating leads by the API: duplicates looked for, scored, assigned, clock begun, journalled."""

import os
import statistics
import threading
import time
from typing import Any

from bench.client import Client
from bench.fill import leads_ensure, person, values_of
from bench.instance import Instance
from bench.report import Report, median_ms

PATH = "/api/v1/leads/"
ALONE, EACH = 200, 100


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    by = person("admin")
    space = f"c{os.getpid()}"
    report.say("one client", *_clients(instance, by, 1, ALONE, space)[0], goal="≤ 12 ms", **_bare(instance))
    for _turn in range(3):
        report.say("eight clients", *_clients(instance, by, 8, EACH, space)[1], goal="≥ 150 /s")


def _bare(instance: Instance) -> dict[str, Any]:
    """The same server doing nothing, and the same table filled by the ORM alone."""
    from django.db import transaction

    from leads.models import Lead

    client = Client(instance, person("admin"))

    def insert() -> None:
        with transaction.atomic():
            Lead.objects.create(company_name="bare")

    empty, orm = median_ms(lambda: client.get("/livez"), times=100), median_ms(insert, times=100)
    Lead.objects.filter(company_name="bare").delete()
    return {"baseline": empty + orm, "baseline_name": f"empty view {empty:.2f} + ORM insert {orm:.2f} ="}


def _clients(instance: Instance, by: Any, number: int, each: int, space: str) -> tuple[Any, Any]:
    """So many connections posting one lead after the other; gives the median wait and the whole rate."""
    taken: list[float] = []
    clients = [Client(instance, by) for _each in range(number)]
    ready = threading.Barrier(number + 1)
    first = next(_numbers)

    def post(client: Client, turn: int) -> None:
        bodies = [
            {
                name: value
                for name, value in values_of(first * 10_000 + turn * each + i, space=space).items()
                if value != ""
            }
            for i in range(each + 10)
        ]
        for body in bodies[:10]:
            client.post(PATH, {**body, "allow_duplicate": True})
        ready.wait()
        for body in bodies[10:]:
            began = time.perf_counter()
            client.post(PATH, {**body, "external_id": ""})
            taken.append(time.perf_counter() - began)

    threads = [threading.Thread(target=post, args=(c, turn)) for turn, c in enumerate(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    rate = len(taken) / (time.perf_counter() - began)
    return (statistics.median(taken) * 1000, "ms"), (rate, "/s")


_numbers = iter(range(1, 1000))
