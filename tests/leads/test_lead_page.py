"""The page of a lead: one deed stands out, what was said is logged in place, score and owner are explained."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Lead
from leads.services import (
    lead_archive,
    lead_auto_assign,
    lead_create,
    lead_disqualify,
    lead_edit,
    lead_log_contact,
    lead_qualify,
)
from leads.services.defaults import leads_ensure_defaults
from salesflow.people.models import User
from salesflow.work.models import Activity, Note
from tests.api.conftest import make_cast
from tests.leads import cast as scene
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


@pytest.fixture
def cast() -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    scene.default_pool(members=[people.alice, people.bob], managers=[people.mona])
    return people


@pytest.fixture
def browse(cast: SimpleNamespace) -> Browse:
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return signed_in


def page_of(client: Client, lead: Lead, query: str = "") -> str:
    answer = client.get(f"/leads/{lead.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def said(**values: object) -> dict[str, object]:
    ahead = f"{timezone.localtime() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    return {"channel": "call", "summary": "Wants a demo", "next_follow_up_at": ahead, **values}


def contacted(lead: Lead, by: User) -> None:
    lead_log_contact(
        lead=lead, by=by, channel="call", direction="outbound", outcome="reached", summary="Hello",
        next_follow_up_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


STATES: dict[str, Callable[[Lead, SimpleNamespace], object]] = {
    "assigned": lambda lead, cast: None,
    "contacted": lambda lead, cast: contacted(lead, cast.alice),
    "qualified": lambda lead, cast: (contacted(lead, cast.alice), lead_qualify(lead=lead, by=cast.alice)),
    "disqualified": lambda lead, cast: lead_disqualify(
        lead=lead, by=cast.alice, reason=scene.reasons("disqualify")[0]
    ),
    "archived": lambda lead, cast: lead_archive(lead=lead, by=cast.alice),
}
STANDS_OUT = {
    "assigned": "Log contact", "contacted": "Qualify", "qualified": "Convert", "disqualified": "Reopen",
    "archived": "Restore",
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_one_deed_stands_out_and_none_is_offered_twice(
    browse: Browse, cast: SimpleNamespace, state: str
) -> None:
    lead = scene.lead_of(cast.alice)
    STATES[state](lead, cast)
    actions = page_of(browse("alice"), lead).split('class="actions"')[1].split("</header>")[0]
    (shown,) = re.findall(r'class="btn btn-primary".*?</(?:a|button)>', actions, re.DOTALL)
    assert STANDS_OUT[state] in re.sub("<[^>]+>", "", shown)
    deeds = re.findall(r'(?:href|action)="(/leads/\d+/[a-z-]+/)"', actions)
    assert len([deed for deed in deeds if "/edit/" not in deed]) == len(
        {*deeds} - {f"/leads/{lead.pk}/edit/"}
    )


def test_in_the_pool_a_rep_claims_and_a_manager_assigns(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_in_pool()
    assert f'action="/leads/{lead.pk}/claim/"' in page_of(browse("alice"), lead)
    page = page_of(browse("mona"), lead)
    assert "/claim/" not in page and f'href="/leads/{lead.pk}/assign/"' in page
    assert f'action="/leads/{lead.pk}/auto-assign/"' in page


def test_who_only_looks_is_offered_nothing(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    page = page_of(browse("auditor"), lead)
    assert "btn-primary" not in page and "data-log" not in page and 'class="menu menu-right"' not in page


def test_a_contact_is_logged_in_place(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    assert "data-log open" in page_of(browse("alice"), lead), "unfolded while the first contact is owed"
    answer = browse("alice").post(f"/leads/{lead.pk}/contact/", said(channel="visit"))
    assert answer.status_code == 302 and told(answer) == "The contact is logged."
    lead.refresh_from_db()
    assert lead.first_contacted_at and lead.status == "contacted"
    activity = Activity.objects.get()
    assert (activity.channel, activity.direction, activity.outcome) == ("visit", "outbound", "reached")
    page = page_of(browse("alice"), lead)
    assert "Visit · Reached" in page and "Wants a demo" in page
    assert "data-log open" not in page


def test_a_contact_without_follow_up_is_asked_for_it_and_nothing_typed_is_lost(
    browse: Browse, cast: SimpleNamespace
) -> None:
    lead = scene.lead_of(cast.alice)
    answer = browse("alice").post(f"/leads/{lead.pk}/contact/", said(next_follow_up_at="", channel="email"))
    page = answer.content.decode()
    assert answer.status_code == 400 and "Plan the next follow-up." in page
    assert "Wants a demo</textarea>" in page
    assert re.search(r'value="email"[^>]* checked', page)
    assert not Activity.objects.exists()


def test_a_note_needs_no_follow_up_and_stops_no_clock(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    note = {"channel": "note", "summary": "Rang twice"}
    assert browse("alice").post(f"/leads/{lead.pk}/contact/", note).status_code == 302
    assert Note.objects.get().body == "Rang twice"
    assert Lead.objects.get(pk=lead.pk).first_contacted_at is None


def test_a_manager_of_the_pool_notes_and_does_not_log(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_in_pool()
    page = page_of(browse("mona"), lead)
    assert 'value="note"' in page and 'value="call"' not in page
    assert browse("mona").post(f"/leads/{lead.pk}/contact/", said()).status_code == 403
    assert browse("charlie").post(f"/leads/{lead.pk}/contact/", said()).status_code == 404
    assert browse("mona").get(f"/leads/{lead.pk}/contact/")["Location"] == f"/leads/{lead.pk}/#log"


def test_the_score_is_explained_by_what_counts_and_what_would_lift_it(
    browse: Browse, cast: SimpleNamespace
) -> None:
    lead = lead_create(
        by=User.objects.get(pk=cast.alice.pk), assignment="me", via="page",
        values={"contact_name": "Noah", "company_name": "Arbor", "budget": 400_000, "email": "noah@arbor.test"},
    )  # fmt: skip
    page = page_of(browse("alice"), lead)
    assert re.search(r'Budget <span class="muted">400,000</span></span><b class="num ok">\+\d+</b>', page)
    assert re.search(r"points more make it [AB]", page) and "up to +" in page and "not known" in page
    assert "Business customers" in page


def test_why_this_person_is_told(browse: Browse, cast: SimpleNamespace) -> None:
    scene.rule("Everybody in turn", position=1)
    lead = lead_auto_assign(lead=scene.lead_in_pool(), by=None)
    page = page_of(browse("admin"), lead)
    why = page.split("Why this person")[1]
    assert "Next in turn, by weight" in why and "“Everybody in turn”, version 1" in why
    assert all(person.name in why for person in (cast.alice, cast.bob))


def test_why_nobody_is_told(browse: Browse, cast: SimpleNamespace) -> None:
    User.objects.filter(pk=cast.alice.pk).update(capacity=0)
    User.objects.exclude(pk=cast.alice.pk).update(absent_from=timezone.now())
    lead = lead_auto_assign(lead=scene.lead_in_pool(), by=None)
    why = page_of(browse("mona"), lead).split("Why nobody")[1]
    assert "Nobody could take it" in why and "at capacity" in why and "absent" in why


def test_changes_are_told_in_words(browse: Browse, cast: SimpleNamespace) -> None:
    lead = scene.lead_of(cast.alice)
    lead_edit(lead=lead, by=cast.alice, values={"city": "Ulm", "budget": 120_000})
    timeline = page_of(browse("alice"), lead, "?show=changes").split('id="timeline"')[1]
    assert "City:" in timeline and "Ulm" in timeline and "120,000" in timeline


def test_the_page_takes_as_many_statements_for_a_long_history(browse: Browse, cast: SimpleNamespace) -> None:
    lead, alice = scene.lead_of(cast.alice), browse("alice")

    def statements() -> int:
        page_of(alice, lead)
        with CaptureQueriesContext(connection) as asked:
            page_of(alice, lead)
        return len(asked)

    contacted(lead, cast.alice)
    few = statements()
    for number in range(10):
        contacted(lead, cast.alice)
        alice.post(f"/leads/{lead.pk}/contact/", {"channel": "note", "summary": f"Note {number}"})
    assert statements() - few <= 1
