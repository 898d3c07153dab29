"""A visitor of the company's own site meets its form: in a frame, with and without scripts, on a desk and a phone."""

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from leads.models import Consent, FormSubmission, Lead, LeadEvent, LeadSource, WebForm
from leads.services.defaults import leads_ensure_defaults
from leads.web import submit
from salesflow.people.services import people_ensure_defaults
from tests.browser.conftest import DESK, PHONE
from tests.leads import cast

pytestmark = pytest.mark.browser


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The company's own site, at another origin than ours: its address and its folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()


@pytest.fixture
def form(transactional_db: None, site: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> WebForm:
    monkeypatch.setattr(submit, "LEAST", submit.LEAST * 0)
    people_ensure_defaults()
    leads_ensure_defaults()
    cast.default_pool(members=[cast.person("ann")])
    source = LeadSource.objects.create(name="Our site", channel="online", kind="web_form")
    return WebForm.objects.create(
        name="Guide", title="Get the guide", source=source, allowed_origins=[site[0]],
        consent_text="You may write to me.", consent_version="1",
    )  # fmt: skip


def fill_in(frame: Any) -> None:
    frame.get_by_label("Contact").fill("Ida Blum")
    frame.get_by_label("E-mail").fill("ida@blum.test")
    frame.get_by_label("You may write to me.").check()
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("heading")).to_have_text("Thank you")


def test_an_allowed_site_shows_it_in_a_frame(page: Any, live_server: Any, site: Any, form: WebForm) -> None:
    origin, folder = site
    (folder / "index.html").write_text(
        f'<!doctype html><title>Guide</title><iframe title="Form" src="{live_server.url}{form.get_absolute_url()}">'
    )
    page.goto(f"{origin}/?utm_source=mail")
    fill_in(page.frame_locator("iframe"))
    lead = Lead.objects.get()
    assert (lead.contact_name, lead.entered_via) == ("Ida Blum", "form")
    assert Consent.objects.get().lead == lead
    WebForm.objects.update(allowed_origins=["https://elsewhere.test"])
    page.goto(f"{origin}/?again")
    expect(page.frame_locator("iframe").get_by_label("E-mail")).to_have_count(0)


def test_a_plain_form_of_the_site_is_taken(page: Any, live_server: Any, site: Any, form: WebForm) -> None:
    origin, folder = site
    (folder / "index.html").write_text(
        f'<!doctype html><title>Guide</title><form method="post" action="{live_server.url}{form.get_absolute_url()}">'
        '<label>Contact <input name="contact_name"></label><label>E-mail <input name="email"></label>'
        '<label><input type="checkbox" name="consent" value="1"> You may write to me.</label>'
        '<input name="homepage" hidden><button>Send</button></form>'
    )
    page.goto(origin)
    fill_in(page)
    assert FormSubmission.objects.get().result == "created"


VISITED = (
    '<!doctype html><title>Prices</title><script src="{server}/t/{token}/visits.js" defer{consent}></script>'
    '<h1>Prices</h1><iframe title="Form" src="{server}/f/{token}/"></iframe>'
)


def test_a_form_in_a_plain_page_brings_the_visitors_path_to_the_lead(
    browser: Any, page: Any, live_server: Any, site: Any, form: WebForm
) -> None:
    origin, folder = site
    WebForm.objects.update(tracks_visits=True)
    said = {"server": live_server.url, "token": form.token}
    (folder / "asked.html").write_text(VISITED.format(consent="", **said))
    (folder / "index.html").write_text(VISITED.format(consent=' data-consent="given"', **said))
    sent: list[str] = []
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(navigator, 'doNotTrack', { get: () => '1' })")
    for window, address in ((page, f"{origin}/asked.html"), (context.new_page(), origin)):
        window.on("request", lambda request: sent.append(request.url))
        for _visit in range(2):  # a page that is left would send what it knows
            window.goto(address)
        assert window.evaluate("localStorage.length") == 0
    context.close()
    assert any("visits.js" in url for url in sent) and not any("/views/" in url for url in sent)
    assert not any("visitor=" in url for url in sent)
    with page.expect_response(lambda answer: "/views/" in answer.url) as taken:
        page.goto(f"{origin}/?utm_campaign=spring")
    assert taken.value.status == 204
    fill_in(page.frame_locator("iframe"))
    lead = Lead.objects.get()
    views = LeadEvent.objects.filter(kind="page_view")
    assert {(each.lead, each.url) for each in views} == {(lead, f"{origin}/?utm_campaign=spring")}
    assert LeadEvent.objects.get(kind="form_submit").visitor == views[0].visitor
    page.evaluate("salesflowConsent(false)")  # else the window tells on closing, while the tables are emptied


def test_without_scripts_it_is_accessible_and_fits(
    browser: Any, page: Any, live_server: Any, form: WebForm, axe: Callable[[Any], list[str]]
) -> None:
    address = live_server.url + form.get_absolute_url()
    for language in ("en", "zh-hans"):
        WebForm.objects.update(language=language)
        for size, theme in ((DESK, "light"), (PHONE, "dark")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)
            page.goto(address)
            assert axe(page) == []
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    WebForm.objects.update(language="en")
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    fill_in(plain)
    context.close()
    assert Lead.objects.count() == 1
