"""Comparing all leads with each other, among them one in a hundred that was entered twice with a typing error."""

import random
from typing import Any

from bench.fill import leads_ensure, values_of
from bench.instance import Instance
from bench.report import Report, seconds_of

EVERY, GOAL_SECONDS = 100, 120
CHUNK = 1000


def measure(instance: Instance, report: Report, options: Any) -> None:
    from leads.models import DuplicatePair
    from leads.services.pairs import duplicates_find

    leads_ensure(options.leads)
    twins = _twins_ensure(options.leads)
    searched: list[Any] = []
    seconds = seconds_of(lambda: searched.append(duplicates_find(now=True)))
    report.say(
        f"{searched[0].leads:,} leads with each other", seconds, "s", goal=f"≤ {GOAL_SECONDS} s",
        baseline=seconds_of(_bare), baseline_name="self-join on blocks alone",
    )  # fmt: skip
    kept = set(DuplicatePair.objects.values_list("first_id", "second_id"))
    right = len(kept & twins)
    report.remark(
        f"{searched[0].compared:,} pairs looked at, {len(kept):,} kept; of {len(twins):,} twins {right:,} found"
    )


def _twins_ensure(leads: int) -> set[tuple[int, int]]:
    """Every hundredth lead once more under another address, with one wrong letter in a name; the pairs of ids."""
    from leads.models import Lead
    from leads.services.clean import draft_of
    from leads.services.enter import leads_enter

    if not Lead.objects.filter(external_id__startswith="t-").exists():
        numbers = list(range(0, leads, EVERY))
        for start in range(0, len(numbers), CHUNK):
            drafts = [
                draft_of(_mistyped(number), region="CN", base_currency="CNY")
                for number in numbers[start : start + CHUNK]
            ]
            leads_enter(drafts=drafts, by=None, via="import", assignment="none", on_duplicate="create")
    ids = dict(Lead.objects.filter(external_id__regex="^[at]-").values_list("external_id", "pk"))
    return {
        (ids[f"a-{number}"], ids[f"t-{number}"]) for number in range(0, leads, EVERY) if f"t-{number}" in ids
    }


def _mistyped(number: int) -> dict[str, Any]:
    dice, values = random.Random(number), values_of(number)
    name = "contact_name" if dice.random() < 0.3 and values["contact_name"].isascii() else "company_name"
    text = values[name]
    if text.isascii():
        at = dice.randrange(1, min(len(text), 9) - 1)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    else:
        text = text.replace("有限公司", "有限责任公司")
    reach = {"email": f"new{number}@t{number}.example", "mobile": ""}
    return {**values, name: text, **reach, "external_id": f"t-{number}"}


def _bare() -> None:
    """Who meets whom, and nothing of how alike they are."""
    from django.db import connection, transaction

    from leads.services.pairs import sql

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(sql.MEETINGS)
        transaction.set_rollback(True)
