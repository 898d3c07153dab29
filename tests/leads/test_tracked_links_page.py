"""The drawer of tracked links on the page of a lead: one more by its page, those there are, to be copied."""

import pytest
from django.test import Client

from leads.models import Lead, TrackedLink, WebForm
from leads.services import lead_disqualify
from salesflow.people.models import User
from tests.leads import cast
from tests.leads.test_follow_tracked_links import follow
from tests.leads.test_track_visits import site  # noqa: F401
from tests.leads.test_web_forms import SITE, form  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(site: WebForm) -> User:  # noqa: F811
    return cast.person("bob")


@pytest.fixture
def lead(bob: User) -> Lead:
    return cast.lead_of(bob)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_link_is_made_and_shown_first_with_the_clicks_of_the_others(lead: Lead, bob: User) -> None:
    browser, address = browser_of(bob), f"/leads/{lead.pk}/links/"
    assert f'href="{address}" data-drawer' in browser.get(f"/leads/{lead.pk}/").content.decode()
    page = browser.get(address).content.decode()
    assert f'value="{SITE}/"' in page and "No links yet." in page
    for place in ("/prices", "/lab"):
        answer = browser.post(address, {"page_url": SITE + place})
        assert answer.status_code == 200 and "Copy this link into your mail" in answer.content.decode()
        follow(TrackedLink.objects.get(page_url=SITE + place))
    page = browser.post(address, {"page_url": f"{SITE}/prices"}).content.decode()
    assert (
        page.index(f"{SITE}/prices</small>") < page.index(f"{SITE}/lab</small>")
        and page.count("1 click ·") == 2
    )
    assert TrackedLink.objects.count() == 2
    link = TrackedLink.objects.get(page_url=f"{SITE}/prices")
    assert f'data-copy="link-{link.pk}"' in page and f">{link.url}</code>" in page


def test_a_wrong_page_is_told_beside_the_field_and_stays(lead: Lead, bob: User) -> None:
    answer = browser_of(bob).post(f"/leads/{lead.pk}/links/", {"page_url": "https://evil.test/<b>"})
    page = answer.content.decode()
    assert answer.status_code == 400 and "Visits of this site are not followed" in page
    assert 'value="https://evil.test/&lt;b&gt;"' in page and not TrackedLink.objects.exists()


def test_where_no_site_is_followed_it_says_what_to_do(lead: Lead, bob: User) -> None:
    WebForm.objects.update(tracks_visits=False)
    page = browser_of(bob).get(f"/leads/{lead.pk}/links/").content.decode()
    assert "No site is followed yet." in page and 'name="page_url"' not in page


def test_of_a_lead_out_of_work_none_is_offered_or_made(lead: Lead, bob: User) -> None:
    lead_disqualify(lead=lead, by=bob, reason=cast.reason())
    browser = browser_of(bob)
    assert f"/leads/{lead.pk}/links/" not in browser.get(f"/leads/{lead.pk}/").content.decode()
    assert browser.post(f"/leads/{lead.pk}/links/", {"page_url": f"{SITE}/"}).status_code in (302, 409)
    assert not TrackedLink.objects.exists()


def test_it_speaks_chinese(lead: Lead, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(language="zh-hans")
    page = browser_of(bob).post(f"/leads/{lead.pk}/links/", {"page_url": f"{SITE}/"}).content.decode()
    for word in ("跟踪链接", "请将此链接复制到邮件中：", "0 次点击", "创建链接"):
        assert word in page
