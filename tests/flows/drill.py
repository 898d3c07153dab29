"""A sales department at work over REST, while somebody kills the processes that serve it."""

import itertools
import random
import threading
from collections import Counter
from typing import Any

import psycopg2

from tests.flows.company import Away, Company, Rest
from tests.support.waiting import wait_until

REPS = ("rep1", "rep2", "rep3", "rep4")
#: What a rep may be told when somebody or the clock was faster, or the database is away for a moment.
TOLD = {
    "already_claimed",
    "clock_expired",
    "invalid_transition",
    "busy",
    "not_found",
    "permission_denied",
    "unavailable",
}


class Department:
    """Four reps, each a thread: contact the leads with even numbers, forget the others, claim from the pool."""

    def __init__(self, company: Company) -> None:
        self.company, self.stop = company, threading.Event()
        self.statuses: Counter[int] = Counter()
        self.told: set[str] = set()
        self.logged: list[tuple[int, str]] = []
        self.claimed: list[int] = []
        self.faults: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work, args=(name,)) for name in REPS]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)

    def wait_for_work(self) -> None:
        """Until somebody was answered that a lead is his, or that his contact is logged."""
        done = len(self.logged) + len(self.claimed)
        wait_until(lambda: len(self.logged) + len(self.claimed) > done, "the reps go on", 60)

    def work_until(self, *, contacts: int, claims: int) -> None:
        """Until so many were logged and claimed in all, however slow the machine."""
        wait_until(
            lambda: len(self.logged) >= contacts and len(self.claimed) >= claims,
            "the reps have done enough",
            120,
        )

    def _work(self, name: str) -> None:
        rest, dice = self.company.rest(name, self._note), random.Random(name)
        for turn in itertools.count():
            if self.stop.wait(0.05):
                return
            try:
                self._round(rest, f"{name}, turn {turn}", dice)
            except Away:
                continue
            except BaseException as fault:
                self.faults.append(fault)
                return

    def _note(self, status: int) -> None:
        self.statuses[status] += 1

    def _round(self, rest: Rest, words: str, dice: random.Random) -> None:
        for lead in self._leads(rest, "status=assigned&ordering=first_contact_due_at&page_size=10"):
            if lead["id"] % 2 == 0:
                summary = f"{words}: spoke about {lead['id']}"
                call = {"channel": "call", "direction": "outbound", "outcome": "reached", "summary": summary,
                        "next_follow_up_at": "2099-01-01T00:00:00Z"}  # fmt: skip
                if self._done(rest.ask("POST", f"leads/{lead['id']}/log-contact/", call)):
                    self.logged.append((lead["id"], summary))
        waiting = self._leads(rest, "in_pool=true&page_size=20")
        if waiting:
            lead = dice.choice(waiting)
            if self._done(rest.ask("POST", f"leads/{lead['id']}/claim/", {})):
                self.claimed.append(lead["id"])

    def _leads(self, rest: Rest, query: str) -> list[dict[str, Any]]:
        status, page = rest.ask("GET", f"leads/?{query}")
        return page["results"] if status == 200 else []

    def _done(self, answer: tuple[int, Any]) -> bool:
        if answer[0] >= 300:
            self.told.add(answer[1]["code"])
        return answer[0] < 300


def one(company: Company, statement: str, *arguments: Any) -> Any:
    """A single value, None while the database is away."""
    try:
        return company.one(statement, *arguments)
    except psycopg2.Error:
        return None
