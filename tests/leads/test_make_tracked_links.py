"""Tracked links for the mails to a lead: to pages of followed sites only, the same link for the same page."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from leads.models import Lead, TrackedLink, WebForm
from leads.services import lead_archive, lead_disqualify, lead_merge, lead_unmerge
from leads.services.links import page_named, tracked_link_make, tracked_links
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.people.models import User
from tests.leads import cast
from tests.leads.test_track_visits import site  # noqa: F401
from tests.leads.test_web_forms import SITE, form  # noqa: F401

pytestmark = pytest.mark.django_db
PAGE = f"{SITE}/prices"


@pytest.fixture
def bob(site: WebForm) -> User:  # noqa: F811
    return cast.person("bob")


@pytest.fixture
def lead(bob: User) -> Lead:
    return cast.lead_of(bob)


def test_the_same_page_has_the_same_link_and_the_journal_has_it_once(lead: Lead, bob: User) -> None:
    first, again = (tracked_link_make(lead=lead, by=bob, page_url=f" {PAGE} ") for _each in range(2))
    assert first == again and first.page_url == PAGE and first.url.endswith(f"/t/{first.token}/")
    assert len(first.token) >= 22  # 128 random bits and more
    told = Event.objects.get(kind="leads.tracked_link_made")
    assert told.subject_id == lead.pk and told.data == {"link": first.pk, "page": PAGE}
    other = cast.lead_of(bob)
    assert tracked_link_make(lead=other, by=bob, page_url=PAGE).token != first.token
    with pytest.raises(IntegrityError, match="tracked_link_once"), transaction.atomic():
        TrackedLink.objects.create(lead=lead, by=bob, page_url=PAGE)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://WWW.Arbor.test:443", f"{SITE}/"),
        (f"{SITE}/价格?产品=a%20b", f"{SITE}/%E4%BB%B7%E6%A0%BC?%E4%BA%A7%E5%93%81=a%20b"),
        (f"{SITE}/a?x=1&sf_click=old&y#part", f"{SITE}/a?x=1&y#part"),
        (f"{SITE}//evil.test/a", f"{SITE}//evil.test/a"),
    ],
)
def test_a_page_is_kept_in_one_way_of_writing(lead: Lead, bob: User, given: str, kept: str) -> None:
    assert tracked_link_make(lead=lead, by=bob, page_url=given).page_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "", "prices", "/prices", "//www.arbor.test/", "javascript:alert(1)", "data:text/html,x", "ftp://www.arbor.test/",
        "https://evil.test/", "http://www.arbor.test/", "https://www.arbor.test:8443/", "https://www.arbor.test.evil.test/",
        "https://www.arbor.test@evil.test/", "https://a@www.arbor.test/", "https://evil.test\\@www.arbor.test/",
        "https://www.arbor.test\\.evil.test/", "https://www.arbor.test/a b", "https://www.arbor.test/\x00", "https://[",
        "https://www.arbor.test:x/", "https://www.arbor.test/\nx", f"{SITE}/{'x' * 1000}", f"{SITE}/{'价' * 400}",
        "https://www。arbor。test/", "https:///prices", "https:/www.arbor.test/",
    ],
)  # fmt: skip
def test_nobody_is_led_anywhere_else(lead: Lead, bob: User, given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tracked_link_make(lead=lead, by=bob, page_url=given)
    assert set(refused.value.message_dict) == {"page_url"}
    assert not TrackedLink.objects.exists()


@pytest.mark.parametrize(
    "change", [{"tracks_visits": False}, {"is_active": False}, {"archived_at": "2026-01-01T00:00Z"},
               {"allowed_origins": ["https://elsewhere.test"]}],
)  # fmt: skip
def test_the_site_must_be_one_whose_visits_are_followed(
    lead: Lead, bob: User, change: dict[str, Any]
) -> None:
    WebForm.objects.update(**change)
    with pytest.raises(ValidationError) as refused:
        tracked_link_make(lead=lead, by=bob, page_url=PAGE)
    assert refused.value.error_dict["page_url"][0].code == "site_not_followed"


def test_only_who_may_write_to_the_lead_and_while_it_is_in_work(lead: Lead, bob: User) -> None:
    with pytest.raises(PermissionDenied):
        tracked_link_make(lead=lead, by=cast.person("eve"), page_url=PAGE)
    lead_disqualify(lead=lead, by=bob, reason=cast.reason())
    with pytest.raises(Conflict) as refused:
        tracked_link_make(lead=lead, by=bob, page_url=PAGE)
    assert refused.value.code == "invalid_transition"
    other = cast.lead_of(bob)
    lead_archive(lead=other, by=bob)
    with pytest.raises(Conflict) as refused:
        tracked_link_make(lead=other, by=bob, page_url=PAGE)
    assert refused.value.code == "archived"


def test_links_follow_a_merge_and_come_back(lead: Lead, bob: User) -> None:
    other = cast.lead_of(bob)
    kept = tracked_link_make(lead=lead, by=bob, page_url=PAGE)
    same = tracked_link_make(lead=other, by=bob, page_url=PAGE)
    own = tracked_link_make(lead=other, by=bob, page_url=f"{SITE}/lab")
    merge = lead_merge(lead=lead, duplicate=other, by=bob)
    assert [link.pk for link in tracked_links(lead=lead, user=bob)] == [own.pk, kept.pk]
    assert cast.fresh(same).lead == other
    lead_unmerge(merge=merge, by=bob)
    assert [link.pk for link in tracked_links(lead=cast.fresh(other), user=bob)] == [own.pk, same.pk]


def test_who_may_not_see_behaviour_sees_no_links_and_masked_leads_show_no_query(
    lead: Lead, bob: User
) -> None:
    tracked_link_make(lead=lead, by=bob, page_url=f"{PAGE}?for=ida")
    with pytest.raises(PermissionDenied):
        tracked_links(lead=lead, user=cast.person("eve"))
    cast.default_pool(members=[bob], mask_contacts=True)
    waiting = cast.lead_in_pool()
    TrackedLink.objects.update(lead=waiting)
    assert [link.page_url for link in tracked_links(lead=waiting, user=bob)] == [PAGE]


def test_the_name_of_a_click_stands_in_the_query() -> None:
    assert page_named(PAGE, "") == PAGE
    assert page_named(PAGE, "n") == f"{PAGE}?sf_click=n"
    assert page_named(f"{PAGE}?a=1#part", "n") == f"{PAGE}?a=1&sf_click=n#part"
