"""The rights table of the pages against the running product: every address, role and relation.

A new page needs a line in `salesflow/authz/pages.py`, and one in `SENT` where its form must be filled in to reach the
service that refuses.
"""

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from salesflow.authz import PAGES, RELATIONS, SEEN, Asks, pages
from salesflow.people.roles import DEFAULT_RIGHTS, all_rights, widen
from tests.leads.rest.conftest import soon
from tests.test_rights import DISTINCT, Records, World

#: Resource whose record stands in the address, by the right to see it.
ABOUT = {
    "notices.view": "notifications", "attachments.view": "attachments", "tasks.view": "tasks",
    "saved_views.view": "saved-views", "leads.view": "leads", "jobs.view": "lead-imports",
    "cases.view": "example-cases", "exports.view": "exports", "partners.view": "partners",
    "partner_agreements.view": "partner-agreements",
    "collisions.view": "collision-cases",
    "customers.view": "customers", "contacts.view": "contacts", "opportunities.view": "opportunities",
}  # fmt: skip


def kind_of(name: str, asks: Asks) -> str:
    """The kind of record a page is about; nothing for a page about none."""
    if name == "file-restore":
        return "removed attachments"
    if name.startswith("meeting"):
        return "meetings" if asks.about else ""
    if name.startswith("import"):
        return "imports" if asks.about else ""
    if name == "hand-over":
        return "hand-overs"
    if name in ("leads:nda", "leads:nda-edit"):
        return "ndas"
    return "bulk-jobs" if name.startswith("bulk-job-") or name == "bulk-job" else ABOUT.get(asks.about, "")


def on_customer(record: Any) -> dict[str, Any]:
    return {"subject_type": "contacts.customer", "subject_id": record.pk}


#: What is sent so that the service is reached; others are refused before their form is read.
SENT: dict[str, Callable[[Any], dict[str, Any]]] = {
    "leads:contact": lambda record: {
        "channel": "call", "direction": "outbound", "outcome": "reached", "summary": "x",
        "next_follow_up_at": soon(days=2)[:16],
    },
    "log": lambda record: {"channel": "note", "summary": "x", **on_customer(record)},
    "file-add": on_customer,
    "follow": on_customer,
    "unfollow": on_customer,
}  # fmt: skip


class Browser(Client):
    """Signed in before each request, whatever the one before did to that."""

    def __init__(self, world: World) -> None:
        super().__init__(raise_request_exception=False)
        self.force_login(world.caller)
        self.signed_in = self.cookies.output()

    def request(self, **request: Any) -> Any:
        self.cookies = SimpleCookie(self.signed_in.removeprefix("Set-Cookie: "))
        return super().request(**request)


def test_every_page_says_what_it_asks() -> None:
    silent = {page.name for page in pages() if not page.is_public and page.asks is None}
    assert not silent, f"pages without a line in salesflow/authz/pages.py: {silent}"
    gone = set(PAGES) - {page.name for page in pages()}
    assert not gone, f"lines in salesflow/authz/pages.py without a page: {gone}"
    known = {*all_rights(), "signed in", ""}
    for name, asks in PAGES.items():
        assert {asks.get, asks.post, asks.about} <= known, name
        assert not asks.about or asks.about in ABOUT, name


def address(name: str, record: Any) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=[record.pk])


@pytest.mark.django_db
@pytest.mark.parametrize("role", DISTINCT)
def test_every_page_answers_each_role_as_the_table_says(role: str) -> None:
    world = World.of(role)
    browser, records, rights = Browser(world), Records(world), widen([DEFAULT_RIGHTS[role]])
    wrong = []
    for name, asks in PAGES.items():
        for method in ("GET", "POST"):
            for relation, expected in asks.expected(method, rights).items():
                resource = kind_of(name, asks)
                record = records.one(resource, relation) if resource else None
                found = tried(browser, records, name, method, record, relation)
                if found != expected:
                    wrong.append(f"{method} {name} [{relation}]: expected {expected}, got {found}")
    assert not wrong, "\n".join(wrong)


def tried(browser: Browser, records: Records, name: str, method: str, record: Any, relation: str) -> str:
    path, what = address(name, record), f"{method} {name} [{relation}]"
    if method == "GET":
        return records.try_out(what, lambda: browser.get(path), outcome_of_page)
    body = SENT[name](record) if name in SENT else {}
    return records.try_out(what, lambda: browser.post(path, body), outcome_of_page)


def outcome_of_page(response: Any) -> str:
    """Refused, unseen or let through (also when the form was not filled in); anything else by its status."""
    if response.headers.get("Location", "").startswith(f"{reverse('sign-in')}?"):
        return "sign-in"  # with the way back to where one wanted to go, as strangers are sent there
    status = response.status_code
    return SEEN if status < 400 or status in (400, 409) else str(status)


@pytest.mark.django_db
def test_an_address_knows_no_other_method_than_the_table_says() -> None:
    world = World.of("admin")
    browser, records = Browser(world), Records(world)
    for name, asks in PAGES.items():
        record = records.one(kind_of(name, asks), "own") if asks.about else None
        path = address(name, record)
        for method, right in (("get", asks.get), ("post", asks.post)):
            if right == "":
                assert getattr(browser, method)(path).status_code == 405, f"{method} {name}"


def test_a_page_about_a_record_is_unseen_refused_or_let_through() -> None:
    asks = Asks("leads.view", "leads.assign", "leads.view")
    manager, auditor = (widen([DEFAULT_RIGHTS[role]]) for role in ("manager", "auditor"))
    assert asks.expected("POST", manager) == {"own": "ok", "team": "ok", "region": "404", "other": "404"}
    assert asks.expected("POST", auditor) == dict.fromkeys(RELATIONS, "403")
    assert Asks("", "leads.claim").expected("GET", manager) == {}
    assert Asks("", "leads.claim").expected("POST", manager) == {"any": "403"}
