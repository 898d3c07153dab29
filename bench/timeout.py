"""10,000 first contacts due in the same second: until all are back in the pool, while reps claim and log contacts."""

import itertools
import threading
import time
from typing import Any

from bench.client import Client
from bench.fill import enter, leads_ensure, people_ensure
from bench.instance import Instance
from bench.report import Report, median_ms, progress

BATCH, CONTACTS, PATIENCE_SECONDS = 1000, 100, 300


def arguments(parser: Any) -> None:
    parser.add_argument("--clocks", type=int, default=10_000, help="clocks due at once (default: 10,000)")


def measure(instance: Instance, report: Report, options: Any) -> None:
    from leads.models import Lead, Ownership

    leads_ensure(options.leads)
    space = f"t{int(time.time()) % 100_000}"
    ids = [
        lead
        for start in range(0, options.clocks, BATCH)
        for lead in enter(range(start, min(start + BATCH, options.clocks)), space=space)
    ]
    ids = list(
        Lead.objects.filter(pk__in=ids, owner__isnull=False).order_by("pk").values_list("pk", flat=True)
    )
    bare = _bare(ids)
    due_in = 8
    due_at = _due(ids, due_in)
    reps = _Reps(instance, ids)
    reps.start()
    time.sleep(due_in)
    began = time.perf_counter()
    waiting, until = len(ids), time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < until:
        time.sleep(0.25)
        waiting = Ownership.objects.filter(lead__in=ids, started_at__lt=due_at, ended_at=None).filter(
            first_contacted_at=None
        ).count()  # fmt: skip
    seconds = time.perf_counter() - began
    reps.stop()
    report.say(
        f"{len(ids):,} clocks, last one back after", seconds, "s", goal="≤ 30 s", baseline=bare,
        baseline_name="UPDATE of both tables",
    )  # fmt: skip
    _accounts(report, ids, due_at, waiting)
    report.remark(
        f"meanwhile reps logged {reps.contacted} contacts, claimed {reps.claimed}, were told no {reps.refused}"
    )
    if reps.failed:
        report.remark(f"failed requests: {reps.failed[:3]}")


def _due(ids: list[int], seconds: int) -> Any:
    """Let all these clocks end in so many seconds, warnings given, as if they had begun a day ago."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + %s * interval '1 second'", [seconds])
        due_at = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE clocks_clock SET due_at = %(at)s, next_step_at = %(at)s, warn_percents = '{}', "
            "started_at = %(at)s - target_seconds * interval '1 second', "
            "running_since = %(at)s - target_seconds * interval '1 second' "
            "WHERE subject_type = 'leads.lead' AND state = 'running' AND subject_id = ANY(%(ids)s)",
            {"at": due_at, "ids": ids},
        )
        cursor.execute("UPDATE leads_lead SET first_contact_due_at = %s WHERE id = ANY(%s)", [due_at, ids])
    return due_at


def _bare(ids: list[int]) -> float:
    """Two columns of as many leads and clocks in plain SQL, and back."""
    from django.db import connection, transaction

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE leads_lead SET returned_count = returned_count WHERE id = ANY(%s)", [ids])
            cursor.execute("UPDATE clocks_clock SET attempts = attempts WHERE subject_id = ANY(%s)", [ids])

    return median_ms(write, times=1, warm=0) / 1000


def _accounts(report: Report, ids: list[int], due_at: Any, waiting: int) -> None:
    """Each went back exactly once, unless it was contacted in time."""
    from django.db import connection

    from leads.models import Ownership
    from salesflow.journal.models import Event

    first = Ownership.objects.filter(lead__in=ids, started_at__lt=due_at)
    expired, met = first.filter(end_reason="expired").count(), first.exclude(first_contacted_at=None).count()
    events = Event.objects.filter(kind="leads.timed_out", subject_type="leads.lead", subject_id__in=ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT lead_id FROM leads_ownership WHERE lead_id = ANY(%s) AND started_at < %s "
            "AND end_reason = 'expired' GROUP BY 1 HAVING count(*) > 1) twice",
            [ids, due_at],
        )
        twice = cursor.fetchone()[0]
    report.remark(
        f"returned {expired:,}, contacted in time {met:,}, together {expired + met:,} of {len(ids):,}; "
        f"returned twice {twice}, still waiting {waiting}, events of return {events.count():,}"
    )


class _Reps:
    """Four people at work: two log contacts with leads of theirs, two claim what comes back."""

    def __init__(self, instance: Instance, ids: list[int]) -> None:
        self.instance, self.ids = instance, ids
        self.contacted = self.claimed = self.refused = 0
        self.failed: list[str] = []
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        from leads.models import Lead

        people = people_ensure()
        for person in people[:2]:
            mine = list(
                Lead.objects.filter(pk__in=self.ids, owner=person).values_list("pk", flat=True)[:CONTACTS]
            )
            self._go(self._contact, Client(self.instance, person), mine)
        for person in people[2:4]:
            self._go(self._claim, Client(self.instance, person))
        progress("reps are at work")

    def _go(self, work: Any, *args: Any) -> None:
        self.threads.append(threading.Thread(target=work, args=args))
        self.threads[-1].start()

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _contact(self, client: Client, mine: list[int]) -> None:
        for lead in mine:
            if self.over.wait(0.1):
                return
            status, answer = client.ask(
                "POST", f"/api/v1/leads/{lead}/log-contact/",
                {"channel": "call", "direction": "outbound", "outcome": "reached", "summary": "bench",
                 "next_follow_up_at": "2099-01-01T00:00:00Z"},
            )  # fmt: skip
            self._note(status, answer, "contacted")

    def _claim(self, client: Client) -> None:
        for turn in itertools.count():
            if self.over.wait(0.1):
                return
            if turn % 10 == 0:
                shown = client.json("/api/v1/leads/?in_pool=true&page_size=50")["results"]
            if shown:
                status, answer = client.ask(
                    "POST", f"/api/v1/leads/{shown[turn % len(shown)]['id']}/claim/", {}
                )
                self._note(status, answer, "claimed")

    def _note(self, status: int, answer: bytes, word: str) -> None:
        if status < 300:
            setattr(self, word, getattr(self, word) + 1)
        elif status in (403, 404, 409):
            self.refused += 1
        else:
            self.failed.append(f"{status} {answer[:200]!r}")
