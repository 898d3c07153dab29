"""A running demo company per file, and windows of its people in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.flows.company import Company, settled
from tests.support.instance import started_copy

DESK = {"width": 1440, "height": 900}
#: Milliseconds; a whole instance and a browser share the machine.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def company(prepared_data: Path, instances: Path) -> Iterator[Company]:
    """The demo company of this file, running."""
    live = started_copy(prepared_data, instances)
    yield settled(live)
    live.clear()


@pytest.fixture
def window(browser: Any, company: Company) -> Iterator[Callable[..., Any]]:
    """`window("rep1")` is a window in which that person has signed in by the page, and chosen Chinese if so told."""
    contexts, faults = [], []

    def open_(name: str, *, chinese: bool = False) -> Any:
        context = browser.new_context(viewport=DESK, locale="en-US", base_url=company.url)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 500 else None)
        page.goto("/sign-in/")
        page.locator("input[name=email]").fill(f"{name}@example.com")
        page.locator("input[type=password]").fill("demo")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{company.url}/")
        if chinese:
            page.locator(".workspace").click()
            page.get_by_role("button", name="简体中文").click()
            page.wait_for_selector("html[lang=zh-hans]")
        return page

    expect.set_options(timeout=PATIENCE)
    yield open_
    expect.set_options(timeout=None)
    for context in contexts:
        context.close()
    assert not faults
