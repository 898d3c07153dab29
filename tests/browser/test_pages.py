"""Every page of ours as the people who use it meet it: accessible, within the window, in reach of a finger.

One sign-in per role. Each page is judged whole in the light on a desk, then its look in the dark on a phone; the
pieces pages are made of are judged in all four on the style pages (test_shell).
"""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contacts.services import customer_create, lead_convert
from contacts.services.collisions import collision_open
from leads.models import Lead, LeadEvent, LeadImport, Nda, Partner, PartnerAgreement
from leads.services import lead_create, lead_log_contact
from leads.services.cases import case_mark, case_review
from salesflow.journal.models import Notice
from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults
from salesflow.work.models import SavedView
from salesflow.work.services import (
    bulk_job_start,
    meeting_answer,
    meeting_invite,
    meeting_plan,
    note_add,
    task_create,
)
from salesflow.work.services.invitations import answer_link
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
        "/profile/", "/figures/", "/leads/duplicates/?state=open", "/leads/{waiting}/compare/?with={contacted}",
        "/leads/{contacted}/verify/", "/leads/{contacted}/links/", "/cases/{case}/",
        "/calendar/", "/calendar/?by=week", "/calendar/?by=day",
        "/calendar/feed/", "/meetings/new/", "/profile/notifications/", "/exports/",
        "/meetings/{meeting}/", "/m/{reply}/",
    ),
    "manager": (
        "/", "/leads/", "/leads/{waiting}/", "/leads/{waiting}/assign/", "/pool/",
        "/leads/?filter=grade+%3D+A+or+owner+%3D+me&add_word=score", "/bulk-jobs/", "/bulk-jobs/{change}/",
        "/figures/?period=week", "/figures/sources/?by=campaign", "/assignment/?days=7",
        "/hand-overs/", "/hand-overs/new/", "/following/", "/partners/{partner}/", "/ndas/{nda}/",
        "/agreements/{agreement}/?revenue=1000", "/collisions/{collision}/",
    ),
    "admin": ("/", "/opportunities/?state=won", "/submissions/"),
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
    LeadEvent.objects.create(lead=contacted, kind="page_view", url="/prices", occurred_at=timezone.now())
    note_add(subject=contacted, by=ann, body="Wants a demo in Ulm")
    task = task_create(by=ann, assignee=ann, title="Send the sheet", subject=contacted, due_at=timezone.now())
    made = lead_convert(
        lead=sold, by=ann, opportunity={"name": "Ten arms", "amount": 90_000, "currency": "CNY"}
    )
    job = LeadImport.objects.create(
        by=ann, filename="expo.csv", file="expo.csv", status="done", total=2, processed=2, created=2
    )
    case = case_mark(lead=sold, by=ann, title="A demo that sold")
    case_review(case=case, by=ann, summary="Holds", actions=[{"title": "Tell the others"}])
    starts_at = timezone.now() + timedelta(days=3)
    values = {
        "title": "Show the lab",
        "place": "Lab 2",
        "details": "Bring the plan",
        "guest_email": ann.email,
    }
    meeting = meeting_plan(by=mona, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), **values)
    meeting = meeting_answer(meeting=meeting_invite(meeting=meeting, by=mona), by=ann, answer="tentative")
    picked = [waiting.pk, sold.pk]
    change = bulk_job_start(by=mona, resource="leads", action="return", params={"reason": "far"}, ids=picked)
    partner = Partner.objects.create(name="Hartmann", kind="distributor", owner=mona)
    nda = Nda.objects.create(partner=partner, signed_on="2026-01-01")
    terms = {"currency": "CNY", "valid_from": "2026-01-01", "percent": 5}
    agreement = PartnerAgreement.objects.create(partner=partner, **terms)
    other = customer_create(by=ben, values={"name": made.customer.name}, allow_duplicate=True)
    collision = collision_open(record=other, by=ben, reason="Mine")
    SavedView.objects.create(owner=ann, resource="leads", name="Best", query="grade=A")
    for user in people.values():
        Notice.objects.create(user=user, kind="leads.assigned", params={"count": 2, "leads": []})
    return SimpleNamespace(
        people=people, waiting=waiting.pk, contacted=contacted.pk, pooled=pooled.pk, job=job.pk, task=task.pk,
        change=change.pk, case=case.pk, partner=partner.pk, nda=nda.pk, agreement=agreement.pk,
        collision=collision.pk, meeting=meeting.pk, reply=answer_link(meeting).split("/")[-2],
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
    axe: Callable[..., list[str]],
    sign_in: Callable[[Any, User], None],
    world: SimpleNamespace,
    role: str,
) -> None:
    sign_in(page, world.people[role])
    faults: list[str] = []
    page.on("console", lambda each: faults.append(each.text) if each.type == "error" else None)
    wrong = []
    for address in (path.format(**vars(world)) for path in WALKS[role]):
        page.emulate_media(color_scheme="light")
        assert page.goto(live_server.url + address).status == 200, address
        for size, theme in ((DESK, "light"), (PHONE, "dark")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)
            if page.locator(".chart").count():
                page.wait_for_selector(".chart svg")
            wrong += [(address, theme, each) for each in axe(page, look=theme == "dark")]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append((address, size["width"], "wider than the window"))
        wrong += [(address, "too small for a finger", each) for each in page.evaluate(SMALL)]
    assert wrong == []
    assert faults == []


def test_work_goes_on_without_scripts(
    browser: Any, live_server: Any, sign_in: Callable, world: SimpleNamespace
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    sign_in(page, world.people["manager"])
    page.goto(f"{live_server.url}/leads/?grade=B")
    page.get_by_label("Select Noah Fischer").first.check()
    page.get_by_label("Assign to").select_option(label="ben")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("1 lead is assigned.")
    page.get_by_role("combobox", name="Owner", exact=True).select_option(label="ben")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    context.clear_cookies()
    sign_in(page, world.people["rep"])
    page.goto(f"{live_server.url}/leads/{world.contacted}/")
    page.locator("#log > summary").click()
    page.get_by_label("Visit").check()
    page.get_by_label("Summary").fill("Saw the plant")
    page.get_by_label("Next follow-up").fill("2099-01-01T09:00")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator(".timeline")).to_contain_text("Saw the plant")
    page.get_by_role("link", name="Notes").click()
    expect(page.locator(".timeline")).not_to_contain_text("Saw the plant")
    page.locator(".topbar .menu > summary").last.click()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator(".toast").get_by_role("button", name="Undo")).to_be_visible()
    context.close()


def test_the_keyboard_writes_on_a_record_and_picks_rows(
    page: Any, live_server: Any, sign_in: Callable, world: SimpleNamespace
) -> None:
    page.set_viewport_size(DESK)
    sign_in(page, world.people["rep"])
    page.goto(f"{live_server.url}/leads/{world.contacted}/")
    page.keyboard.press("n")
    expect(page.get_by_label("Summary")).to_be_focused()
    page.get_by_label("Note", exact=True).check()
    expect(page.get_by_label("Next follow-up")).to_be_hidden()
    page.get_by_label("Call", exact=True).check()
    page.get_by_role("button", name="In a week").click()
    expect(page.get_by_label("Next follow-up")).not_to_have_value("")
    sign_in(page, world.people["manager"])
    page.goto(f"{live_server.url}/leads/")
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("1 selected")


def test_the_warning_of_a_duplicate_leaves_the_cursor_where_it_is(
    page: Any, live_server: Any, sign_in: Callable, world: SimpleNamespace
) -> None:
    page.set_viewport_size(DESK)
    sign_in(page, world.people["rep"])
    known = {"company_name": "Orion Robotics", "contact_name": "Clara Berg"}
    lead_create(by=world.people["rep"], values=known, assignment="me", via="page")
    page.goto(f"{live_server.url}/leads/")
    page.keyboard.press("c")
    page.keyboard.press("l")
    drawer = page.locator("#drawer")
    drawer.get_by_label("Company").fill("Orion Robotics")
    drawer.get_by_label("Contact").fill("Clara Berg")
    drawer.get_by_label("Phone").focus()
    expect(drawer.locator(".alike")).to_contain_text("Looks like Clara Berg")
    expect(drawer.get_by_label("Phone")).to_be_focused()


@pytest.mark.parametrize("text", ["https://arbor.test/", "BEGIN:VCARD"])
def test_a_code_that_is_no_card_keeps_the_cursor_at_its_field(
    page: Any, live_server: Any, sign_in: Callable, world: SimpleNamespace, text: str
) -> None:
    page.set_viewport_size(DESK)
    sign_in(page, world.people["rep"])
    page.goto(f"{live_server.url}/leads/new/")
    page.get_by_text("Scan or paste a business card").click()
    page.get_by_label("Text of a QR code").fill(text)
    page.get_by_role("button", name="Fill in the form").click()
    field = page.get_by_label("Text of a QR code")
    expect(field).to_be_focused()
    expect(field).to_have_value(text)
    expect(field).to_have_attribute("aria-describedby", "id_text_error")
    expect(page.locator("#id_text_error")).to_be_visible()
