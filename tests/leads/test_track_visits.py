"""Visits of the company's own pages: taken once, after consent, and joined to the lead the visitor turns out to be."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leads.models import Lead, LeadEvent, ScoreDue, WebForm
from leads.web import visits
from tests.leads.test_web_forms import IDA, SITE, form, post  # noqa: F401

pytestmark = pytest.mark.django_db
VISITOR = "5f" * 16


@pytest.fixture
def site(form: WebForm) -> WebForm:  # noqa: F811
    WebForm.objects.update(tracks_visits=True)
    form.refresh_from_db()
    return form


def view(number: int = 1, **values: Any) -> dict[str, Any]:
    return {"id": f"{number:032x}", "url": f"{SITE}/prices", "dwell": 5, "ago": 60, **values}


def send(site: WebForm, *views: Any, **more: Any) -> Any:
    body = {"visitor": VISITOR, "consent": True, "views": list(views), **more.pop("batch", {})}
    headers = {"Origin": SITE, **more.pop("headers", {})}
    return Client(enforce_csrf_checks=True, raise_request_exception=False).post(
        f"/t/{site.token}/views/",
        more.pop("raw", json.dumps(body)),
        content_type="text/plain",
        headers=headers,
        **more,
    )


def test_views_are_kept_for_a_visitor_nobody_knows(site: WebForm) -> None:
    answer = send(site, *[view(n) for n in range(10)])
    assert answer.status_code == 204 and answer["Access-Control-Allow-Origin"] == SITE
    assert LeadEvent.objects.filter(lead=None, kind="page_view", visitor=f"web-{VISITOR}").count() == 10
    event = LeadEvent.objects.first()
    assert event is not None and abs(timezone.now() - timedelta(seconds=60) - event.occurred_at).seconds < 30


def test_sent_again_a_view_only_gains_dwell(site: WebForm) -> None:
    send(site, view(), view(dwell=9), view(dwell=2))
    send(site, view(dwell=3, url=f"{SITE}/other"))
    assert LeadEvent.objects.get().dwell_seconds == 9
    send(site, view(dwell=40))
    event = LeadEvent.objects.get()
    assert (event.dwell_seconds, event.url) == (40, f"{SITE}/prices")


def test_who_sends_a_form_takes_his_path_along_and_goes_on_with_it(site: WebForm) -> None:
    send(site, view(1), view(2))
    assert post(site, {**IDA, "visitor": VISITOR}).status_code == 303
    lead = Lead.objects.get()
    assert LeadEvent.objects.filter(lead=lead).count() == 3
    ScoreDue.objects.all().delete()
    send(site, view(3))
    assert LeadEvent.objects.filter(lead=lead, kind="page_view").count() == 3
    assert ScoreDue.objects.filter(lead=lead).exists()


def test_our_page_keeps_the_visitor_and_an_odd_one_stops_nobody(site: WebForm) -> None:
    page = Client().get(f"/f/{site.token}/?visitor={VISITOR}").content.decode()
    assert f'name="visitor" value="{VISITOR}"' in page
    assert post(site, {**IDA, "visitor": "x\x00" * 99}).status_code == 303
    assert LeadEvent.objects.get().visitor == ""


def test_whoever_asks_not_to_be_followed_is_not(site: WebForm) -> None:
    for headers in ({"DNT": "1"}, {"Sec-GPC": "1"}):
        assert send(site, view(), headers=headers).status_code == 204
    assert send(site, view(), batch={"consent": False}).status_code == 400
    assert not LeadEvent.objects.exists()


def test_the_query_of_a_page_stays_away_but_for_the_campaign(site: WebForm) -> None:
    send(site, view(url=f"{SITE}/a?email=ida@blum.test&utm_source=mail#part"))
    assert LeadEvent.objects.get().url == f"{SITE}/a?utm_source=mail"


def test_only_active_forms_that_follow_visits_and_allowed_sites(site: WebForm) -> None:
    assert send(site, view(), headers={"Origin": "https://evil.test"}).status_code == 403
    assert send(site, view(), headers={"Origin": ""}).status_code == 403
    script = Client().get(f"/t/{site.token}/visits.js")
    assert script.status_code == 200 and script["Content-Type"].startswith("text/javascript")
    WebForm.objects.update(tracks_visits=False)
    assert send(site, view()).status_code == 404
    assert Client().get(f"/t/{site.token}/visits.js").status_code == 404
    assert not LeadEvent.objects.exists()


@pytest.mark.parametrize(
    "batch",
    [
        {"visitor": "x"}, {"visitor": 5}, {"visitor": VISITOR + "\n"}, {"views": []}, {"views": "x"}, {"views": [[]]},
        {"views": [view(n) for n in range(11)]}, {"lead": 1}, {"views": [view(kind="reply")]},
        {"views": [view(id="1")]}, {"views": [view(dwell=-1)]}, {"views": [view(dwell=True)]},
        {"views": [view(ago=10**30)]}, {"views": [view(dwell=1.5)]}, {"views": [view(url="javascript:alert(1)")]},
        {"views": [view(url="https://evil.test/")]}, {"views": [view(url="https://[")]},
        {"views": [view(url=f"{SITE}/\x00")]}, {"views": [view(url=f"{SITE}/?" + "a=1&" * 200)]},
        {"views": [view(url=f"{SITE}/{'x' * 2000}")]}, {"views": [view(), view(2, url=None)]},
    ],
)  # fmt: skip
def test_a_faulty_batch_is_refused_whole(site: WebForm, batch: dict[str, Any]) -> None:
    assert send(site, batch=batch).status_code == 400
    assert not LeadEvent.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status"),
    [("", 400), ("[" * 20_000, 400), (b"\xff\xfe", 400), ("null", 400), ("x" * 40_000, 413)],
)
def test_what_is_no_batch_is_refused(site: WebForm, raw: Any, status: int) -> None:
    assert send(site, raw=raw).status_code == status


def test_one_address_sends_so_many_batches(site: WebForm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "PER_ADDRESS", 2)
    answers = [send(site, view(n), REMOTE_ADDR="203.0.113.5") for n in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert int(answers[-1]["Retry-After"]) > 0 and answers[-1]["Access-Control-Allow-Origin"] == SITE
    assert LeadEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_at_the_same_instant_is_one(site: WebForm) -> None:
    def once(_number: int) -> int:
        try:
            return int(send(site, *[view(n) for n in range(10)]).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(once, range(4))) == {204}
    assert LeadEvent.objects.count() == 10
