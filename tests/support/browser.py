"""A real Chromium: `page` is a fresh, signed-out window on it; `axe` names faults of accessibility."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def _program() -> str | None:
    named = os.environ.get("SALESFLOW_BROWSER")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for the whole run; without one its tests are skipped, unless CI=true."""
    program = _program()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the browser tests must run here, and there is no Chromium")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    # its event loop lives in this thread, where Django would refuse every query of the test
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A window of 1280 × 800 with cookies of its own; errors of scripts on the page fail the test.

    Without motion: colours half way through a transition are nobody's to read, and are measured all the same.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    assert not errors, f"scripts failed: {errors}"


#: Run in the window: only what is wrong comes back, not the thousand things that are right.
_ASK = """(options) => axe.run(document, options).then((found) => found.violations.map(
    (each) => `${each.id}: ${each.help} ${JSON.stringify(each.nodes.slice(0, 3).map((node) => node.target))}`))"""


#: Rules whose answer depends on theme and width; the others judge what both have in common.
OF_THE_LOOK = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]


@pytest.fixture
def axe() -> Callable[..., list[str]]:
    """`axe(page)` gives the violations of WCAG 2.2 A and AA on the page as it is, each in one line.

    With `look=True` only what theme and width may change: for a page that was judged whole in another of them.
    """
    from axe_playwright_python.sync_playwright import Axe

    whole = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    script = Axe().axe_script

    def violations(window: Any, *, look: bool = False) -> list[str]:
        if not window.evaluate("Boolean(window.axe)"):
            window.evaluate(script)
        only = {"type": "rule", "values": OF_THE_LOOK} if look else {"type": "tag", "values": whole}
        return window.evaluate(_ASK, {"runOnly": only, "resultTypes": ["violations"]})

    return violations
