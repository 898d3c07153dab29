"""Every page of ours as the people who use it meet it: accessible, within the window, in reach of a finger.

One sign-in per role. Each page is loaded twice, in the light on a desk and in the dark on a phone; the pieces pages are
made of are looked at in all four on the style pages (test_shell).
"""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from contacts.services import lead_convert
from leads.models import Lead, LeadImport
from leads.services import lead_log_contact
from salesflow.journal.models import Notice
from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults
from salesflow.work.models import SavedView
from salesflow.work.services import note_add, task_create
from tests.browser.conftest import DESK, PHONE
from tests.leads import cast as scene

pytestmark = pytest.mark.browser

#: What each role walks through; the names in braces are those of records in `world`.
WALKS = {
    "rep": (
        "/", "/leads/", "/leads/?grade=A&due=late", "/leads/{waiting}/", "/leads/{contacted}/",
        "/leads/{contacted}/?show=notes", "/leads/new/", "/leads/{contacted}/edit/", "/leads/{contacted}/return/",
        "/leads/{contacted}/disqualify/", "/leads/{contacted}/convert/", "/pool/", "/leads/{pooled}/",
        "/leads/imports/", "/leads/imports/{job}/", "/leads/import/", "/customers/", "/customers/{customer}/",
        "/customers/{customer}/edit/", "/customers/{customer}/contacts/new/", "/contacts/", "/opportunities/",
        "/opportunities/{opportunity}/", "/tasks/", "/tasks/{task}/", "/tasks/new/", "/notices/", "/search/?q=arbor",
        "/profile/", "/figures/",
    ),
    "manager": ("/", "/leads/", "/leads/{waiting}/", "/leads/{waiting}/assign/", "/pool/", "/figures/?period=week"),
    "admin": ("/", "/opportunities/?state=won"),
    "marketing": ("/", "/leads/imports/"),
    "finance": ("/", "/tasks/", "/notices/", "/leads/"),
}  # fmt: skip
#: Controls a finger must hit; links in running text are none.
SMALL = """() => [...document.querySelectorAll(
  "main :is(button, .btn, select, textarea, summary, .tab, input:not([type=checkbox], [type=radio], [type=file]))"
)].filter((node) => {
  const box = node.getBoundingClientRect();
  return node.checkVisibility() && box.width > 1 && box.height < 33.5 && !node.closest(".visually-hidden");
}).map((node) => `${node.tagName} ${node.className} ${node.textContent.trim().slice(0, 40)}`)"""


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    """A small department with a lead in each state, and what hangs on leads."""
    people_ensure_defaults()
    mona = scene.person("mona", "manager")
    team = scene.team("East", mona)
    ann, ben = (scene.person(name, "rep", team=team) for name in ("ann", "ben"))
    others = {role: scene.person(role, role) for role in WALKS if role not in ("rep", "manager")}
    people = {"rep": ann, "manager": mona, **others}
    scene.default_pool(members=[ann, ben], managers=[mona])
    named = {"contact_name": "Noah Fischer", "city": "上海", "industry": "medical", "budget": 150_000}
    waiting, late, contacted, sold = scene.leads_of(ann, 4, **named)
    scene.leads_of(ben, 3, company_name="上海明远科技有限公司", grade="A")
    (pooled,) = scene.leads_in_pool(1, **named)
    scene.time_passes([late], 100_000)
    scene.time_passes([waiting], 60_000)
    for lead in (contacted, sold):
        _contact(lead, ann)
    note_add(subject=contacted, by=ann, body="Wants a demo in Ulm")
    task = task_create(by=ann, assignee=ann, title="Send the sheet", subject=contacted, due_at=timezone.now())
    made = lead_convert(
        lead=sold, by=ann, opportunity={"name": "Ten arms", "amount": 90_000, "currency": "CNY"}
    )
    job = LeadImport.objects.create(
        by=ann, filename="expo.csv", file="expo.csv", status="done", total=2, processed=2, created=2
    )
    SavedView.objects.create(owner=ann, resource="leads", name="Best", query="grade=A")
    for user in people.values():
        Notice.objects.create(user=user, kind="leads.assigned", params={"count": 2, "leads": []})
    return SimpleNamespace(
        people=people, waiting=waiting.pk, contacted=contacted.pk, pooled=pooled.pk, job=job.pk, task=task.pk,
        customer=made.customer_id, opportunity=made.opportunity_id,
    )  # fmt: skip


def _contact(lead: Lead, by: User) -> None:
    lead_log_contact(
        lead=lead, by=by, channel="call", direction="outbound", outcome="reached", summary="Long talk",
        next_follow_up_at=timezone.now() + timedelta(days=2),
    )  # fmt: skip


@pytest.mark.parametrize("role", WALKS)
def test_every_page_is_accessible_and_fits(
    page: Any,
    live_server: Any,
    axe: Callable[[Any], list[str]],
    sign_in: Callable[[Any, User], None],
    world: SimpleNamespace,
    role: str,
) -> None:
    sign_in(page, world.people[role])
    faults: list[str] = []
    page.on("console", lambda each: faults.append(each.text) if each.type == "error" else None)
    wrong = []
    for address in (path.format(**vars(world)) for path in WALKS[role]):
        for size, theme in ((DESK, "light"), (PHONE, "dark")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)
            assert page.goto(live_server.url + address).status == 200, address
            if page.locator(".chart").count():
                page.wait_for_selector(".chart svg")
            wrong += [(address, theme, each) for each in axe(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append((address, size["width"], "wider than the window"))
        wrong += [(address, "too small for a finger", each) for each in page.evaluate(SMALL)]
    assert wrong == []
    assert faults == []
