"""EXPLAIN of every ordering of the lead list for an admin, a manager and a rep: no whole table is read or sorted."""

import json
from typing import Any

from bench.fill import leads_ensure, people_ensure, person
from bench.instance import Instance
from bench.report import Report


def measure(instance: Instance, report: Report, options: Any) -> None:
    leads_ensure(options.leads)
    queries = ["", *(f"ordering={way}{name}" for name in _orderings() for way in ("", "-"))]
    queries += ["owner=me", "owner=me&status=assigned", "grade=A", "in_pool=true"]
    queries += ["due=late,today&ordering=first_contact_due_at"]
    for who, user in (
        ("admin", person("admin")),
        ("manager", person("manager")),
        ("rep", people_ensure()[0]),
    ):
        for query in queries:
            for depth, rows in (("first", 0), ("deep", 5000)):
                milliseconds, worst, plan = _explained(user, query, rows)
                report.say(
                    f"{who}, {query or 'default'}, {depth}", milliseconds, "ms", note=f"{worst}: {plan}"
                )


def _orderings() -> list[str]:
    from leads.lists import LeadList

    return list(LeadList.orderings)


def _explained(user: Any, query: str, skip: int) -> tuple[float, str, str]:
    """Run time of the page's statements, the most rows one node of the plans gave, and how it reads them."""
    from django.db import connection
    from django.http import QueryDict
    from django.test.utils import CaptureQueriesContext

    from leads.lists import LeadList
    from salesflow.lib.lists import ListRequest
    from salesflow.lib.lists.keyset import _at

    wanted = ListRequest.parse(LeadList(), QueryDict(query), user)
    if skip:
        rows = wanted.rows().filter(**{f"{wanted.order.columns[0]}__isnull": False})
        sign = "-" if wanted.order.descending else ""
        there = list(rows.order_by(*(f"{sign}{name}" for name in wanted.order.columns))[skip : skip + 1])
        if there:
            wanted.cursor = _at(there[0], wanted.order, backward=False)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        wanted.page()
    time_taken, most, nodes = 0.0, 0, []
    for each in seen.captured_queries:
        if "leads_lead" not in each["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + each["sql"].replace("%", "%%"), [])
            found = cursor.fetchone()[0]
        found = json.loads(found) if isinstance(found, str) else found
        time_taken += found[0]["Execution Time"]
        for node in _nodes(found[0]["Plan"]):
            if (
                node.get("Relation Name") == "leads_lead"
                or "Index Name" in node
                or node["Node Type"] == "Sort"
            ):
                read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                most = max(most, int(read))
                nodes.append(
                    f"{node['Node Type']} {node.get('Index Name', node.get('Relation Name', ''))}".strip()
                )
    return time_taken, f"{most} rows", ", ".join(nodes)


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in _nodes(part))]
