"""Leads as a board: the whole board, and the further cards of a lane, beside the list of the same person."""

import html
import re
from typing import Any

from bench.client import Client
from bench.fill import leads_ensure, people_ensure, person
from bench.instance import Instance
from bench.report import Report, asked_ms, median_ms

BOARD, LIST = "/leads/?layout=board", "/leads/?ordering=-created_at"
#: Of a hundred leads so many have gone on into each state: few are qualified, most are not worked on any more.
SHARES = (("contacted", 12), ("qualified", 2), ("disqualified", 40))


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    _spread()
    rep = people_ensure()[0]
    bare = _bare()
    report.say("totals of all states by one scan", bare, "ms")
    for who, user in (("admin", person("admin")), ("manager", person("manager")), ("rep", rep)):
        client = Client(instance, user, page=True)
        more = _further(client)
        for label, path in (("list", LIST), ("board", BOARD), ("board, owner", f"{BOARD}&owner={rep.pk}")):
            goal = {} if label == "list" else {"goal": "≤ 60 ms"}
            report.say(
                f"{label}, {who}",
                **_asked(instance, client, path),
                **goal,
                baseline=bare,
                baseline_name="scan",
            )
        if more:
            report.say(f"further cards, {who}", **_asked(instance, client, more))


def _asked(instance: Instance, client: Client, path: str) -> dict[str, Any]:
    return asked_ms(instance, lambda: client.get(path), times=20)


def _spread() -> None:
    """Leads in work go on into the later states, the same ones every time."""
    from django.db import connection

    with connection.cursor() as cursor:
        for place, (state, share) in enumerate(SHARES):
            stamp = ", disqualified_at = now()" if state == "disqualified" else ""
            cursor.execute(
                f"UPDATE leads_lead SET status = %s{stamp} WHERE status = 'assigned' AND id %% 100 BETWEEN %s AND %s",
                [state, 45 * place, 45 * place + share - 1],
            )
        cursor.execute("ANALYZE leads_lead")


def _further(client: Client) -> str:
    found = re.search(r'hx-get="([^"]*lane=[^"]*)"', client.get(BOARD).decode())
    return f"/leads/{html.unescape(found[1])}" if found else ""


def _bare() -> float:
    from django.db import connection

    def scan() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT status, count(*), sum(budget) FROM leads_lead GROUP BY status")
            cursor.fetchall()

    return median_ms(scan)
