"""Scoring every lead again: when a model has changed so that most move, and when nothing moves."""

from typing import Any

from bench.fill import leads_ensure
from bench.instance import Instance
from bench.report import Report, seconds_of


def measure(instance: Instance, report: Report, options: Any) -> None:
    from django.db import connection

    from leads.services.score.sweep import rescore_all

    leads_ensure(options.leads)
    rescore_all(cause="bench")
    _upset()
    moving: list[int] = []
    seconds = seconds_of(lambda: moving.append(rescore_all(cause="bench")))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM leads_lead")
    bare = seconds_of(lambda: _bare(moving[0]))
    report.say(
        f"{moving[0]:,} leads move", seconds, "s", goal="≤ 2 × the bare UPDATE", baseline=bare,
        baseline_name="UPDATE of one indexed column of as many rows, same batches",
    )  # fmt: skip
    report.say("none moves", seconds_of(lambda: rescore_all(cause="bench")), "s")


def _upset() -> None:
    """Every score off by one, grades kept, as after a small change of the model."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("UPDATE leads_lead SET score = CASE WHEN score > 0 THEN score - 1 ELSE 1 END")
        cursor.execute("VACUUM leads_lead")


def _bare(rows: int) -> None:
    """One indexed column of as many rows, in transactions as large as the product's."""
    from django.db import connection

    from leads.services.score.rescore import BATCH

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads_lead ORDER BY id LIMIT %s", [rows])
        ids = [row[0] for row in cursor.fetchall()]
        for start in range(0, len(ids), BATCH):
            cursor.execute(
                "UPDATE leads_lead SET score = score + 1 WHERE id = ANY(%s) AND score < 1000",
                [ids[start : start + BATCH]],
            )
