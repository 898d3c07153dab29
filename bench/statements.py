"""SQL statements of pages and deeds: the same for 10 rows and for 100, and how many a create takes."""

from collections import Counter
from typing import Any

from bench.fill import leads_ensure, people_ensure, person, values_of
from bench.instance import Instance
from bench.report import Report


def arguments(parser: Any) -> None:
    parser.add_argument("--show", action="store_true", help="print the statements of the deeds")


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    rep = people_ensure()[0]
    for who, user in (("admin", person("admin")), ("rep", rep)):
        for path in ("/leads/", "/pool/", "/api/v1/leads/"):
            few, many = (len(_get(user, f"{path}?page_size={size}")) for size in (10, 100))
            report.say(
                f"{path}, {who}, 100 rows",
                many,
                "statements",
                goal="≤ 12",
                baseline=few,
                baseline_name="10 rows",
            )
    for path in (f"/leads/{_some(rep)}/", f"/api/v1/leads/{_some(rep)}/"):
        report.say(f"{path}, rep", len(_get(rep, path)), "statements")
    made = _create(person("admin"))
    report.say("create by API", len(made), "statements")
    if options.show:
        for text, times in Counter(" ".join(sql.split())[:230] for sql in made).items():
            report.remark(f"{times} × {text}")


def _some(user: Any) -> int:
    from leads.models import Lead

    return Lead.objects.filter(owner=user).order_by("-pk").values_list("pk", flat=True)[0]


def _get(user: Any, path: str) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = _browser(user)
    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    return [each["sql"] for each in seen.captured_queries]


def _create(user: Any) -> list[str]:
    import os

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, made = _browser(user), []
    for number in range(3):  # the last of them is warm
        values = values_of(number, space=f"s{os.getpid()}")
        body = {name: value for name, value in values.items() if value != ""}
        with CaptureQueriesContext(connection) as seen:
            answer = browser.post("/api/v1/leads/", body, content_type="application/json")
        if answer.status_code != 201:
            raise SystemExit(answer.content.decode()[:300])
        made = [each["sql"] for each in seen.captured_queries]
    return made


def _browser(user: Any) -> Any:
    from django.test import Client

    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    return browser
