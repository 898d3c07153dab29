"""Creating leads by the API: duplicates looked for, scored, assigned, clock begun, journalled."""

import itertools
import multiprocessing
import os
import statistics
import threading
import time
from typing import Any

from bench.client import Client
from bench.fill import leads_ensure, person, values_of
from bench.instance import Instance
from bench.report import Report, median_ms, processor_time

PATH = "/api/v1/leads/"
ALONE, EACH = 200, 100


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    by = person("admin")
    space = f"c{os.getpid()}"
    median, _rate, cpu = _clients(instance, by, 1, ALONE, space)
    report.say("one client", median, "ms", cpu=cpu, goal="≤ 12 ms", **_bare(instance))
    for _turn in range(3):
        bare = _bare_rate(8, EACH * 3)
        _median, rate, cpu = _clients(instance, by, 8, EACH, space)
        report.say(
            "eight clients", rate, "/s", cpu=cpu, goal="≥ 150 /s, ratio ≥ 0.125", baseline=bare,
            baseline_name="ORM insert by eight processes",
        )  # fmt: skip


def _bare_rate(number: int, each: int) -> float:
    """How many leads a second so many processes put into the table by the ORM alone, one transaction each."""
    from django.db import connections

    from leads.models import Lead

    connections.close_all()
    forked = multiprocessing.get_context("fork")
    ready = forked.Barrier(number + 1)
    processes = [forked.Process(target=_insert_bare, args=(each, ready)) for _each in range(number)]
    for process in processes:
        process.start()
    ready.wait(60)
    began = time.perf_counter()
    for process in processes:
        process.join()
    rate = number * each / (time.perf_counter() - began)
    Lead.objects.filter(company_name="bare").delete()
    return rate


def _insert_bare(times: int, ready: Any) -> None:
    from django.db import transaction

    from leads.models import Lead

    Lead.objects.exists()
    ready.wait(60)
    for _each in range(times):
        with transaction.atomic():
            Lead.objects.create(company_name="bare")


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


def _clients(instance: Instance, by: Any, number: int, each: int, space: str) -> tuple[float, float, float]:
    """So many connections posting one lead after the other; gives the median wait in milliseconds, the whole rate
    a second, and the processor time of each in milliseconds."""
    taken: list[float] = []
    clients = [Client(instance, by) for _each in range(number)]
    ready = threading.Barrier(number + 1)
    first = _first + 10_000 * next(_turns)

    def post(client: Client, turn: int) -> None:
        bodies = [
            {
                name: value
                for name, value in values_of(first + turn * (each + 10) + i, space=space).items()
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
    with processor_time(instance, number * each) as spent:
        for thread in threads:
            thread.join()
    rate = len(taken) / (time.perf_counter() - began)
    return statistics.median(taken) * 1000, rate, spent["cpu"]


#: Numbers no earlier run on the same leads has used: telephone numbers are made of them.
_first = int(time.time()) % 9000 * 10_000 + 10_000_000
_turns = itertools.count()
