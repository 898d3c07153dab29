"""Who followed a tracked link turns out to be its lead: once, after consent, while the name of the click is good."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from leads.models import Lead, LeadEvent, LinkClick, ScoreDue, TrackedLink, WebForm
from leads.services import clicks, lead_archive, lead_merge
from leads.services.links import tracked_link_make
from leads.services.score import visitors
from leads.services.score.visitors import View
from leads.web import visits
from leads.web.visits import visitor_of
from tests.leads import cast
from tests.leads.test_follow_tracked_links import follow, link  # noqa: F401
from tests.leads.test_scoring_races import Deed
from tests.leads.test_track_visits import VISITOR, send, site, view  # noqa: F401
from tests.leads.test_web_forms import IDA, SITE, form, post  # noqa: F401
from tests.support.races import Meeting, at_once
from tests.support.servers import wait_until

pytestmark = pytest.mark.django_db
OTHER = "7e" * 16


def name_of(link: TrackedLink) -> str:  # noqa: F811
    return str(follow(link)["Location"]).partition("sf_click=")[2]


def hand_in(site: WebForm, name: Any, *views: Any, visitor: str = VISITOR, **more: Any) -> int:  # noqa: F811
    return int(send(site, *views, batch={"click": name, "visitor": visitor}, **more).status_code)


def seen_by(lead: Lead | None) -> int:
    return LeadEvent.objects.filter(kind="page_view", lead=lead).count()


def test_all_a_visitor_did_joins_the_lead_and_so_does_what_follows(site: WebForm, link: TrackedLink) -> None:  # noqa: F811
    send(site, view(1), view(2))
    name = name_of(link)
    assert seen_by(None) == 2
    ScoreDue.objects.all().delete()
    assert hand_in(site, name, view(3)) == 204
    assert seen_by(link.lead) == 3 and ScoreDue.objects.filter(lead=link.lead).exists()
    send(site, view(4))
    assert seen_by(link.lead) == 4 and not LinkClick.objects.exists()


def test_a_name_is_good_once(site: WebForm, link: TrackedLink) -> None:  # noqa: F811
    name = name_of(link)
    hand_in(site, name, view(1))
    assert hand_in(site, name, view(2), visitor=OTHER) == 204
    assert LeadEvent.objects.get(visitor=visitor_of(OTHER)).lead is None


def test_a_name_is_good_for_half_an_hour(site: WebForm, link: TrackedLink) -> None:  # noqa: F811
    name = name_of(link)
    LinkClick.objects.update(at=F("at") - timedelta(minutes=30, seconds=5))
    assert hand_in(site, name, view()) == 204
    assert seen_by(None) == 1


@pytest.mark.parametrize("name", ["", "x" * 22, "x", "\x00" * 22, "\ud800" * 22, "x" * 9999, "价" * 22])
def test_a_name_nobody_gave_is_ignored(site: WebForm, link: TrackedLink, name: str) -> None:  # noqa: F811
    name_of(link)
    assert hand_in(site, name, view()) == 204
    assert seen_by(None) == 1 and LinkClick.objects.count() == 1


@pytest.mark.parametrize("name", [None, 5, ["x"], {"x": 1}, True])
def test_what_is_no_name_is_refused(site: WebForm, name: Any) -> None:  # noqa: F811
    assert hand_in(site, name, view()) == 400
    assert not LeadEvent.objects.exists()


def test_without_consent_it_is_not_taken(site: WebForm, link: TrackedLink) -> None:  # noqa: F811
    name = name_of(link)
    for headers in ({"DNT": "1"}, {"Sec-GPC": "1"}):
        assert hand_in(site, name, view(), headers=headers) == 204
    assert send(site, view(), batch={"click": name, "consent": False}).status_code == 400
    assert LinkClick.objects.count() == 1 and seen_by(None) == seen_by(link.lead) == 0


def test_a_faulty_batch_leaves_the_name_good(site: WebForm, link: TrackedLink) -> None:  # noqa: F811
    name = name_of(link)
    assert hand_in(site, name, view(url="https://evil.test/")) == 400
    assert hand_in(site, name, view()) == 204
    assert seen_by(link.lead) == 1


def test_who_was_known_as_another_goes_on_as_the_lead_of_the_link(site: WebForm, link: TrackedLink) -> None:  # noqa: F811
    post(site, {**IDA, "visitor": VISITOR})
    ida = Lead.objects.get(email=IDA["email"])
    send(site, view(1))
    hand_in(site, name_of(link), view(2))
    send(site, view(3))
    assert (seen_by(ida), seen_by(link.lead)) == (1, 2)


def test_a_lead_merged_meanwhile_is_the_kept_one_and_one_out_of_work_is_nobody(
    site: WebForm,  # noqa: F811
    link: TrackedLink,  # noqa: F811
) -> None:
    ann = link.by
    name, kept = name_of(link), cast.lead_of(ann)
    lead_merge(lead=kept, duplicate=link.lead, by=ann)
    hand_in(site, name, view(1))
    assert seen_by(kept) == 1
    other = tracked_link_make(lead=cast.lead_of(ann), by=ann, page_url=f"{SITE}/lab")
    name = name_of(other)
    lead_archive(lead=other.lead, by=ann)
    assert hand_in(site, name, view(2), visitor=OTHER) == 204
    assert seen_by(None) == 1


# two browsers hand in the same name at the same instant


def both_take(link: TrackedLink, monkeypatch: pytest.MonkeyPatch) -> list[int | None]:  # noqa: F811
    """Both have read that the name is good before either takes it away."""
    name = name_of(link)
    monkeypatch.setattr(clicks, "_link_of", Meeting().after(clicks._link_of))
    take = transaction.atomic(lambda: clicks.click_take(name))
    return at_once(take, take)


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_one_is_the_lead(link: TrackedLink, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    assert Counter(both_take(link, monkeypatch)) == {link.lead_id: 1, None: 1}


@pytest.mark.django_db(transaction=True)
def test_without_the_taking_away_both_are(link: TrackedLink, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Guard removed: who has read that the name is good no longer asks whether it was there to be taken."""
    take_away = clicks._take_away
    monkeypatch.setattr(clicks, "_take_away", lambda name: take_away(name) or True)
    assert both_take(link, monkeypatch) == [link.lead_id] * 2


@pytest.mark.django_db(transaction=True)
def test_what_he_does_while_he_turns_out_to_be_the_lead_is_the_leads(
    site: WebForm,  # noqa: F811
    link: TrackedLink,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two windows of one visitor: without the lock of visitors the views of the other one stay a stranger's."""
    assert both_windows(site, link, VISITOR, monkeypatch) == 0
    for where in (visits, visitors):
        monkeypatch.setattr(where, "visitors_lock", list)
    assert both_windows(site, link, OTHER, monkeypatch) == 1


def both_windows(site: WebForm, link: TrackedLink, visitor: str, monkeypatch: pytest.MonkeyPatch) -> int:  # noqa: F811
    """One window has sent a view, uncommitted, while the other hands in the name; gives the views nobody owns."""
    name, who = name_of(link), visitor_of(visitor)
    with transaction.atomic():
        visitors.views_store(visitor=who, views=[View(f"{who}:1", f"{SITE}/", 1, 0)])
        other = Deed(lambda: hand_in(site, name, view(3), visitor=visitor))
        wait_until(lambda: other.waits() or not other.is_alive(), "the other window waits or is done")
    assert other.finished() == 204
    return LeadEvent.objects.filter(visitor=who, lead=None).count()
