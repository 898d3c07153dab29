"""32 sessions contesting the same leads of the pool: how many a second are won, and that none is won twice."""

import statistics
import threading
import time
from collections import Counter
from typing import Any

from bench.client import Client
from bench.fill import enter, leads_ensure, people_ensure, person
from bench.instance import Instance
from bench.report import Report, median_ms

SESSIONS, RATE, LEADS = 32, 50, 500


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    ids = enter(range(LEADS), space=f"k{int(time.time()) % 100_000}", assignment="pool")
    nobody = Client(instance, person("admin"))
    bare = median_ms(lambda: nobody.get("/livez"), times=50)
    contest = _Contest(instance, people_ensure()[:SESSIONS], ids)
    seconds = contest.run()
    report.say(
        f"attempts by {SESSIONS} sessions", len(contest.taken) / seconds, "/s", goal=f"{RATE} /s contested"
    )
    report.say("wins", len(contest.wins) / seconds, "/s")
    report.say(
        "median wait of an attempt", statistics.median(contest.taken) * 1000, "ms", baseline=bare,
        baseline_name="empty view alone",
    )  # fmt: skip
    report.say("95th percentile", statistics.quantiles(contest.taken, n=20)[-1] * 1000, "ms")
    _accounts(report, contest, ids)


class _Contest:
    """Every session runs through the same leads in the same order, `RATE` attempts a second among all."""

    def __init__(self, instance: Instance, people: list[Any], ids: list[int]) -> None:
        self.clients = [Client(instance, person) for person in people]
        self.ids = ids
        self.wins: list[int] = []
        self.taken: list[float] = []
        self.answers: Counter[int] = Counter()
        self.begin = 0.0

    def run(self) -> float:
        self.begin = time.perf_counter() + 0.5
        threads = [threading.Thread(target=self._claim, args=(c, i)) for i, c in enumerate(self.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - self.begin

    def _claim(self, client: Client, place: int) -> None:
        """Eight of the sessions meet at each lead at the same moment; the groups follow one another."""
        for turn, lead in enumerate(self.ids):
            if turn % 4 != place % 4:
                continue
            wait = self.begin + turn * 8 / RATE - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            began = time.perf_counter()
            status, _answer = client.ask("POST", f"/api/v1/leads/{lead}/claim/", {})
            self.taken.append(time.perf_counter() - began)
            self.answers[status] += 1
            if status < 300:
                self.wins.append(lead)


def _accounts(report: Report, contest: _Contest, ids: list[int]) -> None:
    from leads.models import Lead, Ownership

    twice = [lead for lead, times in Counter(contest.wins).items() if times > 1]
    open_ones = Ownership.objects.filter(lead__in=ids, ended_at=None).count()
    free = Lead.objects.filter(pk__in=ids, in_pool=True).count()
    report.remark(
        f"won {len(contest.wins)} of {len(ids)}, told twice {len(twice)}, open ownerships {open_ones}, still free "
        f"{free}; answers {dict(contest.answers)}"
    )
