"""Following a tracked link: everybody gets to the page, and only clicks of persons count, one in ten minutes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client

from leads.models import Lead, LeadEvent, LinkClick, ScoreDue, TrackedLink, WebForm
from leads.services import clicks, lead_archive, lead_disqualify, lead_merge
from leads.services.links import tracked_link_make
from leads.services.score import rescore_sweep
from leads.tasks import sweep_visits
from leads.web import links
from tests.leads import cast
from tests.leads.scoring import model_in_force, nothing_kept
from tests.leads.test_scoring_races import Deed
from tests.leads.test_track_visits import site  # noqa: F401
from tests.leads.test_web_forms import SITE, form  # noqa: F401
from tests.support.races import Meeting, at_once
from tests.support.servers import wait_until

pytestmark = pytest.mark.django_db
__all__ = ["nothing_kept"]
PAGE = f"{SITE}/prices"
PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"


@pytest.fixture
def link(site: WebForm) -> TrackedLink:  # noqa: F811
    ann = cast.person("anna")
    return tracked_link_make(lead=cast.lead_of(ann), by=ann, page_url=PAGE)


def follow(link: TrackedLink, method: str = "get", **headers: str) -> Any:
    send = getattr(Client(), method)
    address = headers.pop("address", "203.0.113.7")
    return send(link.get_absolute_url(), headers={"User-Agent": PERSON, **headers}, REMOTE_ADDR=address)


def later(**ago: float) -> None:
    TrackedLink.objects.update(last_clicked_at=F("last_clicked_at") - timedelta(**ago))


def counted() -> list[int]:
    return [link.clicks for link in TrackedLink.objects.order_by("pk")]


def test_a_click_counts_for_the_lead_and_leads_to_the_page(link: TrackedLink) -> None:
    answer = follow(link)
    assert answer.status_code == 302
    page, _query, name = answer["Location"].partition("?sf_click=")
    assert page == PAGE and len(name) == 22
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in answer["X-Robots-Tag"] and not answer.cookies
    event = LeadEvent.objects.get()
    assert (event.lead, event.kind, event.url, event.data) == (
        link.lead,
        "email_click",
        PAGE,
        {"link": link.pk},
    )
    assert ScoreDue.objects.filter(lead=link.lead).exists()
    assert name not in LinkClick.objects.get().name_hash


def test_it_moves_the_score(link: TrackedLink) -> None:
    model_in_force([{"key": "clicks", "type": "events", "kind": "email_click", "points": 10, "cap": 40}])
    rescore_sweep()
    before = cast.fresh(link.lead).score
    follow(link)
    rescore_sweep()
    assert cast.fresh(link.lead).score == before + 10


def test_one_click_counts_in_ten_minutes_and_each_has_its_name(link: TrackedLink) -> None:
    names = {follow(link)["Location"] for _each in range(3)}
    assert len(names) == 3 and counted() == [1]
    later(minutes=9, seconds=50)
    follow(link)
    assert counted() == [1]
    later(minutes=11)
    follow(link)
    assert counted() == [2] and LeadEvent.objects.count() == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"DNT": "1"}, {"Sec-GPC": "1"}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"},
        {"X-Purpose": "preview"}, {"X-Moz": "prefetch"}, {"User-Agent": ""},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}, {"User-Agent": "Slackbot-LinkExpanding 1.0"},
        {"User-Agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) BingPreview/1.0b"},
        {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 HeadlessChrome/142.0 Safari/537.36"},
        {"User-Agent": "WhatsApp/2.23"}, {"User-Agent": "curl/8.5"}, {"User-Agent": "python-requests/2.32"},
        {"User-Agent": "Go-http-client/2.0"}, {"User-Agent": "Java/17.0.2"}, {"User-Agent": "Mimecast URL Protection"},
        {"User-Agent": "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"}, {"User-Agent": "SkypeUriPreview"},
    ],
)  # fmt: skip
def test_programs_and_whoever_asks_not_to_be_followed_only_get_to_the_page(
    link: TrackedLink, headers: dict[str, str]
) -> None:
    answer = follow(link, **headers)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert counted() == [0] and not LeadEvent.objects.exists() and not LinkClick.objects.exists()


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50",
        "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
    ],
)
def test_browsers_of_people_count(link: TrackedLink, agent: str) -> None:
    assert "sf_click=" in follow(link, **{"User-Agent": agent})["Location"]
    assert counted() == [1]


def test_asking_for_the_head_changes_nothing_and_nothing_else_is_taken(link: TrackedLink) -> None:
    assert follow(link, "head")["Location"] == PAGE
    assert follow(link, "post").status_code == 405
    assert counted() == [0] and not LinkClick.objects.exists()


def test_a_flood_from_one_address_only_gets_to_the_page(
    link: TrackedLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "PER_ADDRESS", 2)
    places = [follow(link)["Location"] for _each in range(4)]
    assert [place != PAGE for place in places] == [True, True, False, False]
    assert "sf_click=" in follow(link, address="203.0.113.8")["Location"]


def test_a_lead_out_of_work_is_not_counted(link: TrackedLink) -> None:
    ann = link.by
    lead_disqualify(lead=link.lead, by=ann, reason=cast.reason())
    assert follow(link)["Location"] == PAGE
    other = tracked_link_make(lead=cast.lead_of(ann), by=ann, page_url=PAGE)
    lead_archive(lead=other.lead, by=ann)
    assert follow(other)["Location"] == PAGE
    assert counted() == [0, 0] and not LeadEvent.objects.exists()


def test_links_of_a_merged_lead_count_for_the_kept_one(link: TrackedLink) -> None:
    ann = link.by
    kept, last = cast.leads_of(ann, 2)
    tracked_link_make(lead=kept, by=ann, page_url=PAGE)  # so that the other one stays behind
    lead_merge(lead=kept, duplicate=link.lead, by=ann)
    lead_merge(lead=last, duplicate=cast.fresh(kept), by=ann)
    assert cast.fresh(link).lead.merged_into == kept
    follow(link)
    assert LeadEvent.objects.get().lead == last and counted() == [1, 0]


def test_where_a_site_is_followed_no_more_there_is_nothing(link: TrackedLink) -> None:
    WebForm.objects.update(tracks_visits=False)
    assert follow(link).status_code == 404
    assert counted() == [0]


@pytest.mark.parametrize("token", ["x", "x" * 41, "%00", "%F0%9F%98%80", "..", "x" * 5000])
def test_an_unknown_link_leads_nowhere(link: TrackedLink, token: str) -> None:
    assert Client(raise_request_exception=False).get(f"/t/{token}/").status_code == 404


def test_names_that_are_good_no_more_are_forgotten(link: TrackedLink) -> None:
    follow(link)
    assert sweep_visits() == {"forgotten": 0}
    LinkClick.objects.update(at=F("at") - timedelta(minutes=31))
    follow(link)
    assert sweep_visits() == {"forgotten": 1} and LinkClick.objects.count() == 1


def test_a_click_takes_a_bounded_number_of_statements(
    link: TrackedLink, django_assert_max_num_queries: Any
) -> None:
    follow(link)
    with django_assert_max_num_queries(16):
        follow(link)


@pytest.mark.django_db(transaction=True)
def test_a_click_while_the_lead_is_merged_away_waits_and_is_the_kept_ones(link: TrackedLink) -> None:
    kept = cast.lead_of(link.by)
    with transaction.atomic():
        lead_merge(lead=kept, duplicate=link.lead, by=link.by)
        clicked = Deed(lambda: follow(link))
        wait_until(clicked.waits, "the click waits for the merge")
    assert "sf_click=" in clicked.finished()["Location"]
    assert LeadEvent.objects.get().lead == kept and counted() == [1]


# two clicks at the same instant


def unlocked(link_id: int) -> Lead:
    return TrackedLink.objects.select_related("lead").get(pk=link_id).lead


def both_follow(link: TrackedLink, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Both have found the lead before either counts, unless a lock keeps one waiting."""
    monkeypatch.setattr(clicks, "_lead_held", Meeting().after(clicks._lead_held))
    places = [answer["Location"] for answer in at_once(lambda: follow(link), lambda: follow(link))]
    assert len(set(places)) == 2 and PAGE not in places
    assert LeadEvent.objects.count() == counted()[0]
    return counted()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_count_once(
    link: TrackedLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert both_follow(link, monkeypatch) == [1]


@pytest.mark.django_db(transaction=True)
def test_the_condition_in_the_update_is_enough(link: TrackedLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock of the lead, which is for merges, is removed."""
    monkeypatch.setattr(clicks, "_lead_held", unlocked)
    assert both_follow(link, monkeypatch) == [1]


@pytest.mark.django_db(transaction=True)
def test_without_lock_and_condition_both_count(link: TrackedLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards removed: load, check, save lets both count."""
    meeting = Meeting()

    def load_check_save(link_id: int) -> bool:
        is_first = TrackedLink.objects.get(pk=link_id).last_clicked_at is None
        meeting()
        return is_first and bool(
            TrackedLink.objects.filter(pk=link_id).update(clicks=F("clicks") + 1, last_clicked_at=Now())
        )

    monkeypatch.setattr(clicks, "_lead_held", unlocked)
    monkeypatch.setattr(clicks, "_count", load_check_save)
    assert both_follow(link, monkeypatch) == [2]
