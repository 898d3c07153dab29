"""Lists of leads: first page, deep page, owner and status; as page and over the API."""

from typing import Any
from urllib.parse import urlsplit

from bench.client import Client
from bench.fill import leads_ensure, people_ensure, person
from bench.instance import Instance
from bench.report import Report, asked_ms, median_ms

API, PAGE = "/api/v1/leads/", "/leads/"
DEPTH = 40
GOALS = {API: "≤ 15 ms", PAGE: "≤ 25 ms"}


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    rep = people_ensure()[0]
    bare = _bare()
    report.say("ORM page of 50 rows", bare, "ms")
    report.say("empty view (livez)", **_asked(instance, Client(instance, rep), "/livez"))
    for who, user in (("admin", person("admin")), ("manager", person("manager")), ("rep", rep)):
        api, page = Client(instance, user), Client(instance, user, page=True)
        ways = [("first", ""), ("deep", _deep(api)), ("by due", "ordering=first_contact_due_at")]
        ways += [("owner + status", f"owner={rep.pk}&status=assigned")]
        for label, query in ways:
            for path, client in ((API, api), (PAGE, page)):
                kind = "API" if path == API else "page"
                report.say(
                    f"{kind}, {who}, {label}", **_asked(instance, client, f"{path}?{query}"), goal=GOALS[path],
                    baseline=bare, baseline_name="ORM",
                )  # fmt: skip


def _asked(instance: Instance, client: Client, path: str) -> dict[str, Any]:
    return asked_ms(instance, lambda: client.get(path), times=30)


def _deep(client: Client) -> str:
    """The query of a page far down: 500 rows at a time, then one of 50."""
    path = f"{API}?page_size=500"
    for _turn in range(DEPTH):
        following = client.json(path)["next"]
        if following is None:
            break
        parts = urlsplit(following)
        path = f"{parts.path}?{parts.query}"
    return urlsplit(path).query.replace("page_size=500", "page_size=50")


def _bare() -> float:
    from leads.models import Lead

    rows = Lead.objects.order_by("-created_at", "-id")[:50]
    return median_ms(lambda: list(rows.all()))
