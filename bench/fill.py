"""A company large enough to measure: reps in both teams, and any number of made-up leads, the same every time."""

import random
from collections.abc import Iterator
from typing import Any

from bench.report import progress

REPS = 32
CHUNK = 1000
HEADER = (
    "external_id", "company_name", "contact_name", "title", "email", "mobile", "country", "region", "city",
    "industry", "budget", "decision_timeframe_days", "need_fit",
)  # fmt: skip
CHARACTERS = (
    "安邦博昌辰达德鼎东方丰福高光广国海航浩恒宏鸿华汇慧嘉建江杰金锦晶景久凯康科朗乐立联龙"
    "隆美明南宁鹏普启强荣瑞润森盛世泰天通万旺伟文新信兴旭亚扬一益永宇远云泽展正志智中众卓"
)
PARTS = "ar bel cor dan el fen gar hal ing jor kel lum mar nor ost pel quin ros sal tor ul ven wes xan yor zel".split()


def values_of(number: int, *, space: str = "a") -> dict[str, Any]:
    """What is known of made-up lead `number`; no two share an address or telephone number within a `space`."""
    from salesflow.demo import names

    dice = random.Random(f"{space}{number}")
    industry = dice.choice(list(names.CHINESE_TRADES))
    region, city = dice.choice(names.PLACES)
    if dice.random() < 0.6:
        core = "".join(dice.choices(CHARACTERS, k=2))
        firm = f"{city}{core}{dice.choice(names.CHINESE_TRADES[industry])}有限公司"
        person = dice.choice(names.SURNAMES) + "".join(dice.choices(CHARACTERS, k=2))
    else:
        core = "".join(dice.choices(PARTS, k=3)).title()
        firm = f"{core} {dice.choice(names.LATIN_TRADES[industry])} {dice.choice(('Ltd', 'GmbH', 'Inc.'))}"
        person = f"{dice.choice(names.FIRST)} {''.join(dice.choices(PARTS, k=2)).title()}"
    reach = dice.random()
    return {
        "external_id": f"{space}-{number}",
        "company_name": firm,
        "contact_name": person,
        "title": dice.choice(names.TITLES),
        "email": f"p{number}@{space}{number}.example" if reach < 0.85 else "",
        "mobile": f"{139 + ord(space[0]) % 10}{number % 100_000_000:08d}" if reach > 0.2 else "",
        "country": "China",
        "region": region,
        "city": city,
        "industry": industry,
        "budget": dice.choice(("", 20_000, 80_000, 150_000, 350_000, 900_000)),
        "decision_timeframe_days": dice.choice(("", 14, 30, 60, 90, 180)),
        "need_fit": dice.choice(("", 20, 40, 60, 80, 95)),
    }


def people_ensure() -> list[Any]:
    """The reps under measure, in both teams, with their manager's pool; made once."""
    from leads.models import Pool
    from salesflow.people.models import Role, Team, User
    from salesflow.people.services import config_changed

    known = list(User.objects.filter(email__startswith="bench-").order_by("pk"))
    if known:
        return known
    role, teams = Role.objects.get(code="rep"), list(Team.objects.order_by("pk")[:2])
    for number in range(REPS):
        user = User(email=f"bench-{number}@bench.example", name=f"Rep {number}", team=teams[number % 2])
        user.industries = ["medical", "education"] if number % 2 == 0 else []
        user.set_unusable_password()
        user.save()
        user.roles.add(role)
        known.append(user)
    Pool.objects.get(is_default=True).members.add(*known)
    config_changed()
    return known


def person(name: str) -> Any:
    from salesflow.people.models import User

    return User.objects.get(email=f"{name}@example.com")


def leads_ensure(wanted: int, *, assignment: str = "rules") -> None:
    """At least so many leads, entered in chunks through the services."""
    from django.db import connection

    from leads.models import Lead

    people_ensure()
    have = Lead.objects.filter(external_id__startswith="a-").count()
    for start in range(have, wanted, CHUNK):
        enter(range(start, min(start + CHUNK, wanted)), assignment=assignment)
        if start % 20_000 == 0:
            progress(f"filling: {start:,} of {wanted:,} leads")
    if have < wanted:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def enter(numbers: range, *, space: str = "a", assignment: str = "rules", by: Any = None) -> list[int]:
    """Enter made-up leads in one transaction; gives their ids."""
    from leads.models import LeadSource
    from leads.services.clean import draft_of
    from leads.services.enter import leads_enter

    sources = list(LeadSource.objects.order_by("pk")[:5])
    drafts = []
    for number in numbers:
        draft = draft_of(values_of(number, space=space), region="CN", base_currency="CNY")
        draft.lead.source = sources[number % 5]
        drafts.append(draft)
    entered = leads_enter(drafts=drafts, by=by, via="import", assignment=assignment, on_duplicate="create")
    return [each.lead.pk for each in entered if each.lead is not None]


def csv_lines(count: int, *, space: str) -> Iterator[str]:
    """A file of so many rows, as a person would export it."""
    import csv
    import io

    yield ",".join(HEADER) + "\n"
    for number in range(count):
        values, line = values_of(number, space=space), io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([values[name] for name in HEADER])
        yield line.getvalue()
