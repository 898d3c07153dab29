"""A tracked link of a mail in a real browser: to the plain page, its name taken away, and after consent the path."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from leads.models import LeadEvent, LinkClick, TrackedLink, WebForm
from leads.services.links import tracked_link_make
from leads.services.path import lead_path
from salesflow.people.models import User
from tests.browser.test_web_form import form, site  # noqa: F401
from tests.leads import cast
from tests.leads.test_follow_tracked_links import PERSON

pytestmark = pytest.mark.browser
PLAIN = '<!doctype html><title>Prices</title><script src="{server}/t/{token}/visits.js" defer></script><h1>Prices</h1>'


@pytest.fixture
def link(form: WebForm, site: Any) -> TrackedLink:  # noqa: F811
    origin, _folder = site
    WebForm.objects.update(tracks_visits=True)
    bob = cast.person("bob")
    return tracked_link_make(lead=cast.lead_of(bob), by=bob, page_url=f"{origin}/?plan=lab#top")


def test_after_consent_the_path_of_who_followed_it_is_the_leads(
    browser: Any,
    live_server: Any,
    site: Any,  # noqa: F811
    form: WebForm,  # noqa: F811
    link: TrackedLink,
) -> None:
    origin, folder = site
    (folder / "index.html").write_text(PLAIN.format(server=live_server.url, token=form.token))
    context = browser.new_context(user_agent=PERSON)
    page, sent = context.new_page(), []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(live_server.url + link.get_absolute_url())
    page.wait_for_function("typeof salesflowConsent === 'function'")
    assert page.url == f"{origin}/?plan=lab#top"
    assert any("sf_click=" in url for url in sent) and not any("/views/" in url for url in sent)
    assert page.evaluate("localStorage.length") == 0 and LinkClick.objects.count() == 1
    with page.expect_response(lambda answer: "/views/" in answer.url) as taken:
        page.evaluate("salesflowConsent(true)")
    assert taken.value.status == 204
    steps = lead_path(lead=cast.fresh(link.lead), user=link.by).steps
    assert [(step.kind, step.url) for step in steps] == [
        ("email_click", f"{origin}/?plan=lab#top"), ("page_view", f"{origin}/"),
    ]  # fmt: skip
    assert not LinkClick.objects.exists() and "sf_click" not in page.content()
    page.goto(f"{origin}/?again=1")
    with page.expect_response(lambda answer: "/views/" in answer.url):
        page.evaluate("salesflowConsent(true)")
    assert LeadEvent.objects.filter(lead=link.lead, kind="page_view").count() == 2
    page.evaluate("salesflowConsent(false)")  # else the window tells on closing, while the tables are emptied
    context.close()


def test_a_rep_makes_one_in_the_drawer_and_copies_it(
    page: Any,
    live_server: Any,
    sign_in: Callable[[Any, User], None],
    axe: Callable[[Any], list[str]],
    link: TrackedLink,
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, link.by)
    page.goto(live_server.url + link.lead.get_absolute_url())
    page.locator("summary[title=More]").click()
    page.get_by_text("Copy a tracked link").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Page").fill(link.page_url.replace("?plan=lab#top", "offer.html"))
    drawer.get_by_role("button", name="Make the link").click()
    expect(drawer.locator("li")).to_have_count(2)
    drawer.locator("li").first.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    assert axe(page) == []
    made = TrackedLink.objects.latest("pk")
    assert (
        made.page_url.endswith("/offer.html") and page.evaluate("navigator.clipboard.readText()") == made.url
    )


def test_who_asks_not_to_be_followed_gets_to_the_page_and_nothing_else(
    browser: Any,
    live_server: Any,
    site: Any,  # noqa: F811
    form: WebForm,  # noqa: F811
    link: TrackedLink,
) -> None:
    origin, folder = site
    (folder / "index.html").write_text(PLAIN.format(server=live_server.url, token=form.token))
    context = browser.new_context(user_agent=PERSON, extra_http_headers={"DNT": "1"})
    page = context.new_page()
    page.goto(live_server.url + link.get_absolute_url())
    assert page.url == f"{origin}/?plan=lab#top"
    context.close()
    assert not LeadEvent.objects.exists() and not LinkClick.objects.exists()
