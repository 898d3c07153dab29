"""Searching leads: in the list's search field, over the API, and the best fifty of the search box."""

from typing import Any
from urllib.parse import quote

from bench.client import Client
from bench.fill import leads_ensure, person, values_of
from bench.instance import Instance
from bench.report import Report, asked_ms, median_ms

WORDS = (
    ("common, Latin", "Ltd"),
    ("rare, Latin", "Quinvenlum"),
    ("common, Chinese", "有限公司"),
    ("one Chinese character", "海"),
    ("two Chinese characters", "海达"),
)


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    admin = person("admin")
    api, page = Client(instance, admin), Client(instance, admin, page=True)
    words = [
        *WORDS,
        ("telephone number", values_of(77)["mobile"] or values_of(78)["mobile"]),
        ("a miss", "zzzzqq"),
    ]
    for label, word in words:
        asked, bare = f"?search={quote(word)}", _bare(word)
        for kind, client, path in (
            ("API", api, f"/api/v1/leads/{asked}"),
            ("page", page, f"/leads/{asked}"),
            ("box", page, f"/search/?q={quote(word)}"),
        ):
            taken = asked_ms(instance, lambda client=client, path=path: client.get(path), times=15, warm=2)
            report.say(
                f"{kind}, {label}", **taken, goal="≤ 25 ms", baseline=bare, baseline_name="its SQL, first 50"
            )


def _bare(word: str) -> float:
    """The statement of the best fifty alone, without Django."""
    from django.db import connection

    from leads.models import Lead
    from leads.models.lead import SEARCHED
    from salesflow.lib.search import search

    found = search(Lead.objects.current(), word, fields=SEARCHED, column="searched__search", limit=50)
    sql, values = found.query.sql_with_params()

    def first() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            cursor.fetchall()

    return median_ms(first)
