"""A thousand page views a second in batches of ten, beside people at work, while processes are killed: none is lost."""

import http.client
import itertools
import json
import os
import signal
import statistics
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from bench.client import Client
from bench.fill import leads_ensure, people_ensure
from bench.instance import Instance, children, command
from bench.report import Report, median_ms, processor_time

SITE = "https://www.bench.example"
BATCH, SENDERS, FORMS = 10, 16, 8
#: People who read lists meanwhile, and how often each asks.
READERS, PAUSE_SECONDS = 4, 0.5
#: So long a batch is sent again, as the script in the browser would on the next page.
PATIENCE_SECONDS = 60


def arguments(parser: Any) -> None:
    parser.add_argument("--rate", type=int, default=1000, help="views a second (default: 1,000)")
    parser.add_argument("--seconds", type=int, default=30, help="for so long (default: 30)")


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    readers = _Readers(instance)
    alone = readers.during(lambda: time.sleep(5))
    batches = options.rate * options.seconds // BATCH
    flood = _Flood(instance, _forms(), batches, options.rate)
    with processor_time(instance, batches) as spent:
        beside = readers.during(flood.run)
    report.say("views accepted", batches * BATCH / flood.seconds, "/s", goal=f"{options.rate:,} /s")
    report.say(
        "median wait of a batch of ten", statistics.median(flood.taken) * 1000, "ms", baseline=_bare(),
        baseline_name="bare INSERT of ten rows", **spent,
    )  # fmt: skip
    report.say("95th percentile", statistics.quantiles(flood.taken, n=20)[-1] * 1000, "ms")
    report.say(
        "first page of leads beside it", statistics.median(beside) * 1000, "ms",
        baseline=statistics.median(alone) * 1000, baseline_name="alone",
    )  # fmt: skip
    report.say("views lost", flood.lost(), "", goal="none")
    report.remark(
        f"killed {' and '.join(flood.killed)}; sent again {flood.again}; answers {dict(flood.answers)}; "
        f"requests of readers {len(beside)}, failed {readers.failed}"
    )


def _forms() -> list[str]:
    """Forms that follow visits: several, since each has its limit of a minute."""
    from leads.models import LeadSource, WebForm

    source = LeadSource.objects.order_by("pk")[0]
    made = [
        WebForm(
            name=f"Bench {time.time()} {n}", source=source, allowed_origins=[SITE], tracks_visits=True,
        )
        for n in range(FORMS)
    ]  # fmt: skip
    return [form.token for form in WebForm.objects.bulk_create(made)]


def _bare() -> float:
    """Ten rows of the same table by one INSERT, and the commit."""
    from django.db.models.functions import Now

    from leads.models import LeadEvent

    def insert() -> None:
        LeadEvent.objects.bulk_create(
            LeadEvent(visitor="bench-bare", kind="page_view", occurred_at=Now(), url=SITE)
            for _each in range(BATCH)
        )

    return median_ms(insert)


class _Flood:
    """Senders take the next batch when its time has come, each from an address of its own: limits are as ever."""

    def __init__(self, instance: Instance, forms: list[str], batches: int, rate: int) -> None:
        self.instance, self.forms, self.batches, self.rate = instance, forms, batches, rate
        self.space = os.urandom(10).hex()
        self.numbers = itertools.count()
        self.taken: list[float] = []
        self.answers: Counter[int] = Counter()
        self.killed: list[str] = []
        self.again = 0
        self.seconds = 0.0

    def run(self) -> None:
        self.begin = time.perf_counter()
        threads = [threading.Thread(target=self._send_all, args=(place,)) for place in range(SENDERS)]
        threads.append(threading.Thread(target=self._kill))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds = time.perf_counter() - self.begin

    def lost(self) -> int:
        """Views that are not in the database though their batch was accepted or is still to be sent."""
        from leads.models import LeadEvent

        return (
            self.batches * BATCH - LeadEvent.objects.filter(visitor__startswith=f"web-{self.space}").count()
        )

    def _send_all(self, place: int) -> None:
        line = self._line(place)
        while (number := next(self.numbers)) < self.batches:
            wait = self.begin + number * BATCH / self.rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            began = time.perf_counter()
            until = began + PATIENCE_SECONDS
            while not self._accepted(line, number) and time.perf_counter() < until:
                self.again += 1
                line.close()
                time.sleep(0.2)
            self.taken.append(time.perf_counter() - began)

    def _line(self, place: int) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            self.instance.netloc, timeout=20, source_address=(f"127.0.1.{place + 1}", 0)
        )

    def _accepted(self, line: http.client.HTTPConnection, number: int) -> bool:
        visitor = f"{self.space}{number:012x}"
        views = [
            {"id": f"{number:024x}{n:08x}", "url": f"{SITE}/page/{n}", "dwell": n, "ago": n}
            for n in range(BATCH)
        ]
        body = json.dumps({"visitor": visitor, "consent": True, "views": views})
        form = self.forms[number % FORMS]
        try:
            line.request(
                "POST", f"/t/{form}/views/", body=body, headers={"Origin": SITE, "Content-Type": "text/plain"}
            )
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        self.answers[answer.status] += 1
        return answer.status == 204

    def _kill(self) -> None:
        """One web process a third of the way, one worker at two thirds."""
        for part, what in ((1, "gunicorn"), (2, "celery")):
            time.sleep(
                max(0.0, self.begin + part * self.batches * BATCH / self.rate / 3 - time.perf_counter())
            )
            pids = children(self.instance.pid)
            mine = [pid for pid in pids if what in command(pid)]
            with suppress(ProcessLookupError, IndexError):
                os.kill(mine[-1], signal.SIGKILL)
                self.killed.append(f"{what} {mine[-1]}")


class _Readers:
    """People who look at their first page of leads again and again."""

    def __init__(self, instance: Instance) -> None:
        self.clients = [Client(instance, person, page=True) for person in people_ensure()[:READERS]]
        self.failed = 0

    def during(self, act: Any) -> list[float]:
        """How long each page took while `act` ran."""
        over, taken = threading.Event(), list[float]()
        threads = [threading.Thread(target=self._read, args=(client, over, taken)) for client in self.clients]
        for thread in threads:
            thread.start()
        act()
        over.set()
        for thread in threads:
            thread.join()
        return taken

    def _read(self, client: Client, over: threading.Event, taken: list[float]) -> None:
        while not over.wait(PAUSE_SECONDS):
            began = time.perf_counter()
            try:
                client.get("/leads/")
            except (OSError, http.client.HTTPException, RuntimeError):
                self.failed += 1
                client.line.close()
            else:
                taken.append(time.perf_counter() - began)
