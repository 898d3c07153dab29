"""The shell in a real browser: drawer, palette, keyboard, theme, phone, no scripts; and no fault of accessibility."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from salesflow.people.models import User
from salesflow.people.services import user_create
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser
PAGES = ["pieces", "home", "table", "record", "board", "empty", "form"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible_in_both_themes_on_desk_and_phone(
    desk: Any, live_server: Any, axe: Callable, name: str
) -> None:
    for theme, size in itertools.product(["light", "dark"], [DESK, PHONE]):
        desk.set_viewport_size(size)
        desk.emulate_media(color_scheme=theme)
        desk.goto(f"{live_server.url}/style/{name}/")
        if name == "home":
            desk.wait_for_selector(".chart svg")
        assert axe(desk) == [], (theme, size)
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
    assert [text for text in desk.faults if "Content Security Policy" in text] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_dialogs_are_accessible(desk: Any, live_server: Any, axe: Callable, theme: str) -> None:
    desk.emulate_media(color_scheme=theme)
    desk.goto(f"{live_server.url}/style/table/")
    desk.keyboard.press("Control+k")
    expect(desk.locator("#palette")).to_be_visible()
    assert axe(desk) == []
    desk.keyboard.press("Escape")
    expect(desk.locator("#palette")).to_be_hidden()
    desk.keyboard.press("?")
    expect(desk.locator("#help")).to_be_visible()
    assert axe(desk) == []
    desk.keyboard.press("Escape")
    desk.click(".workspace")
    assert axe(desk) == []
    desk.click(".topbar .btn-primary")
    expect(desk.locator("#drawer input[name=company_name]")).to_be_visible()
    assert axe(desk) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_error_pages_are_accessible(desk: Any, live_server: Any, axe: Callable, theme: str) -> None:
    desk.emulate_media(color_scheme=theme)
    desk.goto(f"{live_server.url}/nowhere/")
    expect(desk.get_by_role("heading", name="Nothing here")).to_be_visible()
    assert axe(desk) == []


def test_a_wrong_form_stays_in_the_drawer_and_a_right_one_moves_on(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    desk.get_by_role("link", name="New lead").click()
    drawer = desk.locator("#drawer")
    company = drawer.get_by_label("Company")
    expect(company).to_be_focused()
    drawer.get_by_label("Phone").fill("138")
    desk.keyboard.press("Control+Enter")
    expect(drawer.get_by_text("Not a valid number for China (+86)")).to_be_visible()
    expect(company).to_be_focused()
    expect(drawer.get_by_label("Phone")).to_have_value("138")
    company.fill("Orion")
    drawer.get_by_label("Phone").fill("13800138000")
    drawer.get_by_role("button", name="Save").click()
    expect(desk).to_have_url(f"{live_server.url}/style/")
    expect(desk.locator(".toast")).to_contain_text("Saved.")
    expect(desk.locator(".toast").get_by_role("button", name="Undo")).to_be_visible()


def test_what_was_typed_in_the_drawer_outlives_its_closing(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    opener = desk.get_by_role("link", name="New lead")
    opener.click()
    desk.locator("#drawer").get_by_label("Company").fill("Orion")
    desk.keyboard.press("Escape")
    expect(desk.locator("#drawer")).to_be_hidden()
    opener.click()
    expect(desk.locator("#drawer").get_by_label("Company")).to_have_value("Orion")


def test_the_table_answers_to_the_keyboard(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    rows = desk.locator("tbody tr")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(rows.nth(1)).to_have_class("is-here")
    desk.keyboard.press("x")
    expect(rows.nth(1).locator("input")).to_be_checked()
    expect(desk.locator("[data-bulk]")).to_contain_text("1 selected")
    desk.keyboard.press("k")
    expect(rows.nth(0)).to_have_class("is-here")
    desk.get_by_label("Select all").check()
    expect(desk.locator("[data-bulk-count]")).to_have_text("28")
    desk.get_by_label("Select all").uncheck()
    desk.keyboard.press("k")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(f"{live_server.url}/style/record/")


def test_two_keys_in_a_row_go_to_a_page(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    desk.keyboard.press("y")
    desk.keyboard.press("g")
    desk.keyboard.press("y")
    expect(desk).to_have_url(f"{live_server.url}/style/")


def test_single_keys_can_be_switched_off_and_never_fire_while_typing(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    desk.locator(".filters input").focus()
    desk.keyboard.type("j?")
    expect(desk.locator("#help")).to_be_hidden()
    expect(desk.locator("tr.is-here")).to_have_count(0)
    desk.goto(f"{live_server.url}/style/table/")
    desk.keyboard.press("?")
    desk.get_by_label("Single keys are shortcuts in this browser").uncheck()
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    expect(desk.locator("tr.is-here")).to_have_count(0)


def test_the_palette_narrows_and_goes_there(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    desk.keyboard.press("Control+k")
    field = desk.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    desk.keyboard.type("styl")
    option = desk.get_by_role("option", name="Style")
    expect(option).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(f"{live_server.url}/style/")


def test_the_theme_is_kept_without_a_flash(desk: Any, live_server: Any) -> None:
    desk.emulate_media(color_scheme="light")
    desk.goto(f"{live_server.url}/style/home/")
    desk.wait_for_selector(".chart svg")
    light = desk.evaluate("getComputedStyle(document.body).backgroundColor")
    with desk.expect_response("**/preferences/theme/") as kept:
        desk.keyboard.press("Control+.")
    assert kept.value.status == 204
    dark = desk.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    source = desk.request.get(f"{live_server.url}/style/").text()
    assert '<html lang="en" data-theme="dark">' in source


def test_a_filter_swaps_the_panel_in_place_and_stands_in_the_address(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    desk.evaluate("window.sameDocument = true")
    field = desk.get_by_role("searchbox", name="Filter")
    field.press_sequentially("Orion", delay=130)  # answers arrive while typing
    expect(desk).to_have_url(f"{live_server.url}/style/table/?search=Orion")
    # not `to_be_focused`, which asks for the focus of the window too, and browsers beside this one take it
    assert desk.evaluate("document.activeElement.name") == "search"
    expect(field).to_have_value("Orion")
    desk.get_by_label("Grade").select_option("A")
    expect(desk).to_have_url(f"{live_server.url}/style/table/?search=Orion&grade=A")
    assert desk.evaluate("window.sameDocument"), "the whole page was loaded again"
    desk.go_back()
    expect(desk).to_have_url(f"{live_server.url}/style/table/?search=Orion")


def test_the_bell_shows_what_waits_and_stays_quiet_without_notices(desk: Any, live_server: Any) -> None:
    waiting = desk.locator(".bell [data-bell-count]")
    desk.route("**/notices/count/", lambda route: route.fulfill(json={"count": 120}))
    desk.goto(f"{live_server.url}/style/")
    expect(waiting).to_have_text("99+")
    desk.route("**/notices/count/", lambda route: route.fulfill(json={"count": 0}))
    desk.goto(f"{live_server.url}/style/")
    expect(waiting).to_be_hidden()


def test_countdowns_count_on(desk: Any, live_server: Any) -> None:
    desk.goto(f"{live_server.url}/style/table/")
    desk.evaluate(
        """() => { const node = document.querySelector("time[data-due]");
        node.dataset.due = String(Math.floor(Date.now() / 1000) + 2); node.dataset.limit = "100";
        document.dispatchEvent(new Event("htmx:afterSettle")); }"""
    )
    first = desk.locator("time[data-due]").first
    expect(first).to_have_text("1s")
    expect(first).to_have_class("countdown badge is-warn")
    expect(first).to_have_class("countdown badge is-bad", timeout=6000)
    expect(first).to_contain_text("late")


def test_a_phone_has_a_bar_and_two_line_rows(desk: Any, live_server: Any) -> None:
    desk.set_viewport_size(PHONE)
    desk.goto(f"{live_server.url}/style/table/")
    expect(desk.locator(".side").first).to_be_hidden()
    row = desk.locator("tbody tr").first
    assert 50 <= row.bounding_box()["height"] <= 72
    desk.get_by_role("link", name="More").click()
    expect(desk.locator("#more").get_by_role("button", name="Sign out")).to_be_visible()


def test_forms_and_pages_work_without_scripts(
    browser: Any, live_server: Any, staff: Any, sign_in: Callable
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    sign_in(page, staff)
    page.goto(f"{live_server.url}/style/table/")
    page.get_by_role("link", name="New lead").click()
    page.get_by_label("Company").fill("Orion")
    page.get_by_role("button", name="Save").click()
    assert page.url == f"{live_server.url}/style/"
    expect(page.locator(".toast")).to_contain_text("Saved.")
    page.locator(".workspace").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.locator(".workspace").click()
    page.get_by_role("button", name="简体中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    page.goto(f"{live_server.url}/style/home/")
    page.get_by_text("以表格显示").first.click()
    expect(page.get_by_role("cell", name="412")).to_be_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_before_and_about_oneself_are_accessible(
    page: Any, live_server: Any, axe: Callable, transactional_db: None, sign_in: Callable, theme: str
) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(f"{live_server.url}/set-up/")
    expect(page.get_by_role("heading", name="Set up SalesFlow")).to_be_visible()
    assert axe(page) == []
    ada = user_create(by=None, email="ada@example.com", name="Ada", password="a long pass", roles=["admin"])
    User.objects.filter(pk=ada.pk).update(is_demo=True)
    page.goto(f"{live_server.url}/sign-in/?next=/profile/")
    page.get_by_role("button", name="ada@example.com").click()
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.com")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not match")).to_be_visible()
    assert axe(page) == []
    sign_in(page, ada)
    page.goto(f"{live_server.url}/profile/")
    assert axe(page) == []
