"""Giving 10,000 leads out of the pool to people by the rules, with ownerships, clocks, journal and notices."""

from typing import Any

from bench.fill import enter, leads_ensure
from bench.instance import Instance
from bench.report import Report, seconds_of

BATCH = 1000


def arguments(parser: Any) -> None:
    parser.add_argument("--assign", type=int, default=10_000, help="leads to assign (default: 10,000)")


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    for _turn in range(3):
        ids = [
            lead
            for start in range(0, options.assign, BATCH)
            for lead in enter(range(start, start + BATCH), space="g", assignment="pool")
        ]
        bare = seconds_of(lambda ids=ids: _bare(ids))
        seconds = seconds_of(lambda ids=ids: _assign(ids))
        report.say(
            f"{options.assign:,} leads with notices", seconds, "s", goal="≤ 5 s", baseline=bare,
            baseline_name="UPDATE of the owner alone",
        )  # fmt: skip
        report.remark(f"{_owned(ids):,} have an owner now")


def _assign(ids: list[int]) -> None:
    """Batches, each one transaction, as the product hands out returned leads."""
    from django.db import transaction

    from leads.models import Lead, Ownership
    from leads.services.decide import decisions_for
    from leads.services.place import leads_place
    from salesflow.clocks.services import database_now

    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            part = Lead.objects.filter(pk__in=ids[start : start + BATCH], owner=None).order_by("pk")
            decisions = decisions_for(list(part))
            leads = list(part.select_for_update(of=("self",), no_key=True))
            placed = list(zip(leads, decisions, strict=True))
            leads_place(placed, via=Ownership.Via.RULE, by=None, now=database_now())


def _bare(ids: list[int]) -> None:
    """The owner's column written and written back."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE leads_lead SET title = title || ' ' WHERE id = ANY(%s)", [ids])


def _owned(ids: list[int]) -> int:
    from leads.models import Lead

    return Lead.objects.filter(pk__in=ids, owner__isnull=False).count()
