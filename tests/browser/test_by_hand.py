"""What only a browser shows: cards and tasks are dragged, cells are edited where they stand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead, Reason
from leads.services.defaults import leads_ensure_defaults
from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults
from salesflow.work.models import Task
from tests.browser.conftest import DESK
from tests.leads import cast

pytestmark = pytest.mark.browser


@pytest.fixture
def ann(transactional_db: None) -> User:
    people_ensure_defaults()
    leads_ensure_defaults()
    person = cast.person("ann")
    cast.default_pool(members=[person])
    return person


@pytest.fixture
def window(page: Any, ann: User, sign_in: Callable[[Any, User], None]) -> Any:
    page.set_viewport_size(DESK)
    sign_in(page, ann)
    return page


def lane(window: Any, name: str) -> Any:
    return window.locator(f"[data-lane='{name}'] .board-cards")


def test_a_card_is_dragged_asked_refused_and_sent_by_its_menu(
    window: Any, live_server: Any, ann: User, axe: Callable
) -> None:
    first, second = cast.leads_of(ann, 2)
    Lead.objects.update(status="contacted")
    window.goto(f"{live_server.url}/leads/?layout=board")
    assert axe(window) == []
    card = window.locator(f".board-card[data-id='{first.pk}']")
    card.drag_to(lane(window, "qualified"))
    expect(lane(window, "qualified").locator(".board-card")).to_have_count(1)
    expect(window.locator(".toast")).to_contain_text("The lead is qualified.")
    card.drag_to(lane(window, "contacted"))  # no deed leads there
    expect(window.locator(".toast", has_text="cannot be moved there")).to_be_visible()
    expect(lane(window, "qualified").locator(".board-card")).to_have_count(1)

    Lead.objects.filter(pk=second.pk).update(status="qualified")  # another was faster
    other = window.locator(f".board-card[data-id='{second.pk}']")
    other.locator("summary").press("Enter")
    other.get_by_role("button", name="Qualify").press("Enter")
    expect(window.locator(".toast", has_text="cannot make this move")).to_be_visible()
    expect(lane(window, "qualified").locator(".board-card")).to_have_count(2)

    card.drag_to(lane(window, "disqualified"))  # asks for the reason, and stays on the board
    drawer = window.locator("#drawer")
    reason = Reason.objects.filter(kind=Reason.Kind.DISQUALIFY).first()
    drawer.get_by_label("Reason").select_option(str(reason and reason.pk))
    drawer.get_by_role("button", name="Disqualify").click()
    expect(lane(window, "disqualified").locator(".board-card")).to_have_count(1)
    expect(window).to_have_url(f"{live_server.url}/leads/?layout=board")


def test_a_task_is_dragged_to_another_day(window: Any, live_server: Any, ann: User) -> None:
    noon = timezone.now().replace(hour=12, minute=0)
    task = Task.objects.create(title="Send the offer", assignee=ann, due_at=noon)
    window.goto(f"{live_server.url}/calendar/?view=week")
    entry = window.locator(".calendar-entry", has_text="Send the offer")
    step = 1 if timezone.localdate().weekday() < 5 else -1
    day = (timezone.localdate() + timedelta(days=step)).isoformat()
    entry.drag_to(window.locator(f"[data-into='day={day}']"))
    expect(window.locator(f"[data-into='day={day}'] .calendar-entry")).to_have_count(1)
    task.refresh_from_db()
    assert task.due_at is not None and timezone.localdate(task.due_at).isoformat() == day


def test_a_field_of_many_is_chosen_and_its_value_asked_for(
    window: Any, live_server: Any, ann: User, axe: Callable
) -> None:
    cast.leads_of(ann, 2, city="Bonn")
    window.goto(f"{live_server.url}/leads/?columns=city")
    window.get_by_label("Select all").check()
    window.get_by_role("button", name="Set a field").click()
    expect(window.get_by_text("2 records selected")).to_be_visible()
    window.get_by_label("Field", exact=True).select_option(label="City")
    field = window.get_by_role("textbox", name="City")
    expect(field).to_be_focused()
    window.get_by_role("button", name="Set it").click()
    expect(window.locator(".field-error")).to_contain_text("A text of at most 80 characters is needed.")
    assert axe(window) == []
    field.fill("Ulm")
    window.get_by_role("button", name="Set it").click()
    expect(window.locator("[data-edit='city']", has_text="Ulm")).to_have_count(2)
    window.locator(".toast").get_by_role("button", name="Undo").click()
    expect(window.locator("[data-edit='city']", has_text="Bonn")).to_have_count(2)


def test_a_cell_is_edited_where_it_stands(window: Any, live_server: Any, ann: User, axe: Callable) -> None:
    (lead,) = cast.leads_of(ann, 1)
    window.goto(f"{live_server.url}/leads/?columns=email,city")
    window.keyboard.press("j")
    cell = window.locator("[data-edit='email']")
    cell.hover()
    cell.get_by_role("button", name="Edit: E-mail").click()
    field = window.get_by_role("textbox", name="E-mail")
    field.fill("no address")
    field.press("Enter")
    expect(cell.locator(".field-error")).to_contain_text("This is no e-mail address.")
    assert axe(window) == []
    field.fill("kim@arbor.example")
    field.press("Enter")
    expect(cell).to_have_text("kim@arbor.example")
    expect(window.locator("#cell-said")).to_have_text("Saved.")
    window.locator("[data-edit='city']").dblclick()
    window.get_by_role("textbox", name="City").fill("Ulm")
    window.keyboard.press("Escape")
    expect(window.locator("[data-edit='city']")).to_have_text("—")
    lead.refresh_from_db()
    assert (lead.email, lead.city) == ("kim@arbor.example", "")


def test_somebody_is_chosen_after_an_at_sign_in_the_drawer_of_a_task(
    window: Any, live_server: Any, ann: User, axe: Callable
) -> None:
    cast.person("adam", "admin")
    cast.person("carl")
    lead = cast.lead_of(ann)
    window.goto(f"{live_server.url}{lead.get_absolute_url()}")
    window.locator("a[data-drawer][href^='/tasks/new/?on=']").first.click()
    drawer = window.locator("#drawer")
    drawer.get_by_label("Task").fill("Offer")
    text = drawer.get_by_label("Details")
    text.press_sequentially("Ask @a")
    options = drawer.get_by_role("option")
    expect(options.filter(has_text="adam")).to_have_attribute("aria-selected", "true")
    expect(options.filter(has_text="carl")).to_have_attribute("aria-disabled", "true")
    assert axe(window) == []
    text.press("Enter")
    expect(text).to_have_value("Ask @adam ")
    drawer.get_by_role("button", name="Create task").click()
    expect(window.locator(".record-next .mention")).to_have_text("@adam")
    assert Task.objects.get().details.startswith("Ask @[adam](user:")
