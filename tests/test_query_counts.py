"""How many SQL statements every page and every REST address takes: as many for many records as for few.

The figures are committed, so that a statement more is a decision and no accident. They are those of a manager, who is
asked the most: whose people, which pools. A page or resource that is new needs its line here.
"""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Customer
from leads.models import TrackedLink
from salesflow.api import PREFIX, router
from salesflow.authz import pages
from salesflow.lib.api.routes import declared
from salesflow.work.models import Activity, Follow, Note, Task
from tests.api.conftest import caller_of
from tests.leads.cast import default_pool, leads_in_pool
from tests.test_rights import MAKERS, World

FEW, MANY = 3, 13
#: What a list may take at most, whoever asks.
MOST = 12

#: Pages of lists.
LISTS = {
    "/notices/": 8,
    "/following/": 12,
    "/tasks/": 11,
    "/bulk-jobs/": 10,
    "/exports/": 9,
    "/hand-overs/": 10,
    "/imports/": 10,
    "/leads/": 12,
    "/pool/": 12,
    "/leads/imports/": 10,
    "/leads/duplicates/": 12,
    "/submissions/": 9,
    "/cases/": 9,
    "/partners/": 12,
    "/customers/": 11,
    "/contacts/": 11,
    "/opportunities/": 11,
    "/collisions/": 11,
}
#: The other pages that one can open: records, forms, figures.
PAGES = {
    "/search/": 12,
    "/profile/": 9,
    "/profile/sessions/": 8,
    "/profile/tokens/": 8,
    "/profile/notifications/": 8,
    "/profile/second-step/": 12,
    "/profile/second-step/picture/": 9,
    "/files/<int:pk>/": 10,
    "/files/<int:pk>/download/": 7,
    "/files/<int:pk>/picture/": 7,
    "/files/<int:pk>/thumbnail/": 7,
    "/files/<int:pk>/rename/": 10,
    "/calendar/": 11,
    "/calendar/feed/": 7,
    "/meetings/new/": 6,
    "/meetings/<int:pk>/": 8,
    "/meetings/<int:pk>/invitation.ics": 6,
    "/tasks/new/": 9,
    "/bulk-jobs/<int:pk>/": 10,
    "/saved-views/<int:pk>/share/": 9,
    "/exports/<int:pk>/": 7,
    "/exports/<int:pk>/download/": 8,
    "/hand-overs/new/": 8,
    "/hand-overs/<int:pk>/": 10,
    "/imports/new/": 6,
    "/imports/template.csv": 4,
    "/imports/template.xlsx": 4,
    "/imports/<int:pk>/": 8,
    "/imports/<int:pk>/progress/": 6,
    "/imports/<int:pk>/rejected/": 6,
    "/tasks/<int:pk>/": 12,
    "/leads/new/": 8,
    "/leads/new/alike/": 5,
    "/leads/import/": 8,
    "/leads/import/template.csv": 3,
    "/leads/import/template.xlsx": 5,
    "/leads/imports/<int:pk>/": 9,
    "/leads/imports/<int:pk>/progress/": 7,
    "/leads/imports/<int:pk>/rejected/": 6,
    "/leads/<int:pk>/": 25,
    "/leads/<int:pk>/timeline/": 11,
    "/leads/<int:pk>/cell/": 7,
    "/leads/<int:pk>/edit/": 12,
    "/leads/<int:pk>/links/": 11,
    "/leads/<int:pk>/assign/": 10,
    "/leads/<int:pk>/return/": 12,
    "/leads/<int:pk>/disqualify/": 10,
    "/leads/<int:pk>/verify/": 10,
    "/leads/<int:pk>/example/": 9,
    "/assignment/": 14,
    "/cases/<int:pk>/": 11,
    "/cases/<int:pk>/edit/": 8,
    "/cases/<int:pk>/review/": 11,
    "/partners/new/": 7,
    "/partners/<int:pk>/": 17,
    "/partners/<int:pk>/edit/": 8,
    "/partners/<int:pk>/ndas/new/": 7,
    "/partners/<int:pk>/agreements/new/": 7,
    "/agreements/<int:pk>/": 9,
    "/agreements/<int:pk>/edit/": 7,
    "/ndas/<int:pk>/": 12,
    "/ndas/<int:pk>/edit/": 7,
    "/customers/new/": 9,
    "/customers/<int:pk>/": 17,
    "/customers/<int:pk>/cell/": 6,
    "/customers/<int:pk>/edit/": 10,
    "/customers/<int:pk>/timeline/": 7,
    "/customers/<int:pk>/contacts/new/": 8,
    "/customers/<int:pk>/opportunities/new/": 12,
    "/contacts/<int:pk>/cell/": 6,
    "/contacts/<int:pk>/edit/": 8,
    "/opportunities/<int:pk>/": 15,
    "/opportunities/<int:pk>/cell/": 7,
    "/opportunities/<int:pk>/edit/": 12,
    "/opportunities/<int:pk>/credit/": 10,
    "/opportunities/<int:pk>/timeline/": 7,
    "/leads/<int:pk>/convert/": 10,
    "/leads/<int:pk>/collision/": 9,
    "/customers/<int:pk>/collision/": 8,
    "/collisions/<int:pk>/": 9,
    "/": 27,
    "/figures/": 24,
    "/figures/sources/": 14,
}
#: By resource and action; those of an administrator where a manager is refused.
REST: dict[str, dict[str, int]] = {
    "workspace-settings": {"workspace-settings": 2},
    "users": {"me": 1, "list": 3, "count": 2, "retrieve": 3},
    "notification-settings": {"notification-settings": 3},
    "search": {"search": 7},
    "kpis": {"kpis": 4, "funnel": 4, "source-report": 7},
    "audit-events": {"list": 2, "count": 2, "retrieve": 2},
    "notifications": {"list": 2, "count": 2, "retrieve": 2},
    "webhooks": {"list": 2, "count": 2, "retrieve": 2},
    "webhook-deliveries": {"list": 2, "count": 2, "retrieve": 2},
    "roles": {"list": 2, "count": 2, "retrieve": 2},
    "regions": {"list": 2, "count": 2, "retrieve": 2},
    "departments": {"list": 2, "count": 2, "retrieve": 2},
    "teams": {"list": 2, "count": 2, "retrieve": 2},
    "territories": {"list": 2, "count": 2, "retrieve": 2},
    "attachments": {"list": 4, "count": 4, "retrieve": 4, "download": 5, "picture": 5, "thumbnail": 5},
    "business-calendars": {"list": 4, "count": 2, "retrieve": 4},
    "activities": {"list": 3, "count": 3, "retrieve": 4},
    "calendar": {"calendar": 7},
    "meetings": {"list": 3, "count": 3, "retrieve": 3},
    "tasks": {"list": 4, "count": 3, "retrieve": 3},
    "notes": {"list": 3, "count": 3, "retrieve": 4},
    "bulk-jobs": {"list": 3, "count": 3, "retrieve": 3, "rows": 4},
    "exports": {"list": 2, "count": 2, "retrieve": 2, "download": 6},
    "hand-overs": {"list": 3, "count": 3, "retrieve": 3, "results": 4, "rows": 4},
    "imports": {"list": 3, "count": 3, "retrieve": 3, "rejected_rows": 3},
    "saved-views": {"list": 3, "count": 2, "retrieve": 3},
    "custom-fields": {"list": 2, "count": 2, "retrieve": 2},
    "leads": {
        "list": 4,
        "count": 4,
        "retrieve": 6,
        "assignment_history": 6,
        "assignment_preview": 9,
        "duplicates": 5,
        "followers": 5,
        "path": 5,
        "timeline": 8,
        "tracked_links": 5,
    },
    "duplicate-pairs": {"list": 4, "count": 4, "retrieve": 4},
    "example-cases": {"list": 3, "count": 2, "retrieve": 3},
    "lead-imports": {"list": 3, "count": 3, "retrieve": 3, "rejected_rows": 3},
    "lead-sources": {"list": 2, "count": 2, "retrieve": 2},
    "campaigns": {"list": 2, "count": 2, "retrieve": 2},
    "web-forms": {"list": 2, "count": 2, "retrieve": 2},
    "lead-webhooks": {"list": 2, "count": 2, "retrieve": 2},
    "form-submissions": {"list": 2, "count": 2, "retrieve": 2},
    "partners": {"list": 2, "count": 2, "retrieve": 2},
    "partner-agreements": {"list": 2, "count": 2, "retrieve": 2, "share": 2},
    "ndas": {"list": 2, "count": 2, "retrieve": 2},
    "lead-reasons": {"list": 2, "count": 2, "retrieve": 2},
    "policies": {"policies": 11},
    "pools": {"list": 6, "count": 3, "retrieve": 6},
    "first-contact-policies": {"list": 2, "count": 2, "retrieve": 2},
    "verification-items": {"list": 2, "count": 2, "retrieve": 2},
    "verification-policies": {"list": 2, "count": 2, "retrieve": 2},
    "assignment-rules": {"list": 3, "count": 2, "retrieve": 3, "ledger": 6},
    "scoring-models": {"list": 2, "count": 2, "retrieve": 2},
    "lead-events": {"list": 4, "count": 4, "retrieve": 4},
    "collision-cases": {"list": 3, "count": 3, "retrieve": 4},
    "customers": {"list": 3, "count": 3, "retrieve": 3, "followers": 4},
    "contacts": {"list": 3, "count": 3, "retrieve": 3, "followers": 4},
    "opportunities": {"list": 4, "count": 3, "retrieve": 4, "followers": 4},
}
#: What an address needs to be asked.
QUERIES = {
    "/opportunities/<int:pk>/cell/": "?field=amount",
    "/contacts/<int:pk>/cell/": "?field=title",
    "/customers/<int:pk>/cell/": "?field=industry",
    "/leads/<int:pk>/cell/": "?field=industry",
    "/search/": "?q=Company",
    "/tasks/": "?assignee=me",
    "/api/v1/search/": "?q=Company",
    "/api/v1/kpis/": "?metric=new_leads",
    "/api/v1/funnel/": "?kind=snapshot",
    "/api/v1/source-report/": "?by=channel",
    "/api/v1/partner-agreements/{id}/share/": "?revenue=1",
}
#: Which record a page is of, by the beginning of its address.
KINDS = {
    "/leads/imports/": "lead-imports",
    "/leads/": "leads",
    "/saved-views/": "saved-views",
    "/cases/": "example-cases",
    "/partners/": "partners",
    "/ndas/": "ndas",
    "/agreements/": "partner-agreements",
    "/customers/": "customers",
    "/contacts/": "contacts",
    "/opportunities/": "opportunities",
    "/collisions/": "collision-cases",
    "/tasks/": "tasks",
    "/meetings/": "meetings",
    "/bulk-jobs/": "bulk-jobs",
    "/exports/": "exports",
    "/hand-overs/": "hand-overs",
    "/imports/": "imports",
    "/files/": "attachments",
}
#: Records that only their owner sees.
PERSONAL = {"notifications", "saved-views", "exports"}


class Company:
    """A manager and his people, with so many records of every kind, and so much that happened on the first of them."""

    def __init__(self) -> None:
        self.world = World.of("manager")
        self.manager, self.admin = self.world.caller, World.of("admin").caller
        default_pool(members=[self.manager], managers=[self.manager])
        self.first: dict[str, Any] = {}
        self.size = 0

    def grow(self, size: int) -> None:
        owner, more = self.world.owners["team"], range(self.size, size)
        for name, make in MAKERS.items():
            for _each in more:
                self.first.setdefault(name, make(self.manager if name in PERSONAL else owner, self.world))
        leads_in_pool(len(more))
        Task.objects.bulk_create(Task(title="x", assignee=self.manager) for _each in more)
        for name in ("leads", "customers", "opportunities"):
            self._happen(self.first[name], len(more))
        TrackedLink.objects.bulk_create(
            TrackedLink(lead=self.first["leads"], by=owner, page_url=f"https://www.arbor.test/{n}")
            for n in more
        )
        customers = Customer.objects.order_by("-pk")[: len(more)]
        Follow.objects.bulk_create(
            Follow(user=self.manager, subject_type="contacts.customer", subject_id=each.pk)
            for each in customers
        )
        self.size = size

    def _happen(self, record: Any, number: int) -> None:
        by = self.world.owners["team"]
        on = {"subject_type": record._meta.label_lower, "subject_id": record.pk}
        Note.objects.bulk_create(Note(by=by, body="x", **on) for _each in range(number))
        Task.objects.bulk_create(Task(title="x", assignee=by, **on) for _each in range(number))
        said = {"by": by, "channel": "call", "direction": "outbound", "summary": "x"}
        Activity.objects.bulk_create(Activity(**said, **on) for _each in range(number))

    def address(self, path: str, kind: str = "", **params: int) -> str:
        filled = path.replace("<int:pk>", "{id}")
        if "{id}" in filled:
            filled = filled.replace("{id}", str(self.first[kind].pk))
        filled += QUERIES.get(path, "")
        return filled + "".join(
            f"{'&' if '?' in filled else '?'}{name}={value}" for name, value in params.items()
        )


def statements(client: Client, address: str) -> int:
    """Those of the second call: the first fills what processes keep of the configuration."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return len(asked)


def kind_of(path: str) -> str:
    return next((kind for beginning, kind in KINDS.items() if path.startswith(beginning)), "")


@pytest.mark.django_db
def test_every_page_takes_its_statements_however_much_it_shows() -> None:
    company, browser = Company(), Client()
    browser.force_login(company.manager)
    found: dict[str, list[int]] = {path: [] for path in (*LISTS, *PAGES)}
    for size in (FEW, MANY):
        company.grow(size)
        for path in PAGES:
            found[path].append(statements(browser, company.address(path, kind_of(path))))
    for path in LISTS:
        for size in (FEW, MANY):  # of more than are shown, since a list that is whole is not counted
            found[path].append(statements(browser, company.address(path, page_size=size - 1)))
    wrong = {path: pair for path, pair in found.items() if pair != [(LISTS | PAGES)[path]] * 2}
    assert wrong == {}
    assert max(LISTS.values()) <= MOST
    opened = {page.path for page in pages() if not page.is_public}
    openable = {path for path in opened if _opens(browser, company, path)}
    assert openable == LISTS.keys() | PAGES.keys()


def _opens(browser: Client, company: Company, path: str) -> bool:
    """Whether an address is a page that can be opened (others take deeds only, or lead elsewhere)."""
    if path in LISTS or path in PAGES:
        return True
    address = company.address(path, kind_of(path) or "notifications")
    return browser.get(address).status_code == 200


@pytest.mark.django_db
def test_every_rest_address_takes_its_statements_however_much_it_answers() -> None:
    company = Company()
    company.grow(MANY)
    manager, admin = caller_of(company.manager), caller_of(company.admin)
    found: dict[str, dict[str, int]] = {}
    for row in declared(router, PREFIX):
        if row.method != "GET":
            continue
        sizes = ({"page_size": FEW - 1}, {"page_size": MANY - 1}) if row.action == "list" else ({},)
        addresses = [company.address(row.path, row.resource, **size) for size in sizes]
        caller = admin if manager.get(addresses[0]).status_code == 403 else manager
        figures = {statements(caller, address) for address in addresses}
        assert len(figures) == 1, (row.path, figures)
        alone = row.path.rstrip("/").rpartition("/")[2]
        action = alone if row.action == "get" else row.action
        found.setdefault(row.resource, {})[action] = figures.pop()
    wrong = {name: figures for name, figures in found.items() if REST.get(name) != figures}
    assert wrong == {}
    assert found.keys() == REST.keys()
    assert max(figure for figures in REST.values() for figure in figures.values()) <= MOST
