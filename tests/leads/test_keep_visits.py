"""What strangers did is kept for a while; what comes while one of them introduces himself is his lead's too."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Lead, LeadEvent, WebForm
from leads.services import events_take
from leads.services.score import events as taking
from leads.services.score import visitors
from leads.tasks import sweep_visits
from leads.web import submit
from leads.web.visits import visitor_of
from salesflow.people.models import User
from tests.leads import cast
from tests.leads.test_scoring_races import Deed
from tests.leads.test_track_visits import VISITOR, send, site, view  # noqa: F401
from tests.leads.test_web_forms import IDA, form, post  # noqa: F401
from tests.support.servers import wait_until

OLD = timedelta(days=91)


@pytest.mark.django_db
def test_strangers_are_forgotten_in_time_and_nobody_else(
    site: WebForm,  # noqa: F811
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visitors, "BATCH", 2)
    send(site, *[view(n) for n in range(5)])
    LeadEvent.objects.update(received_at=Now() - OLD)
    send(site, view(5))
    known = cast.lead_in_pool()
    for more in ({"lead": known, "visitor": "x"}, {"email_key": "ida@blum.test"}):
        LeadEvent.objects.create(kind="reply", occurred_at=Now(), received_at=Now() - OLD, **more)
    settings.VISITS_KEPT_DAYS = 0
    assert sweep_visits() == {"forgotten": 0}
    settings.VISITS_KEPT_DAYS = 90
    assert sweep_visits() == {"forgotten": 5}
    assert LeadEvent.objects.count() == 3 and LeadEvent.objects.filter(lead=None, visitor__gt="").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_visit_that_joins_a_lead_meanwhile_is_not_forgotten(site: WebForm) -> None:  # noqa: F811
    send(site, view())
    LeadEvent.objects.update(received_at=Now() - OLD)
    lead = cast.lead_in_pool()
    with transaction.atomic():
        visitors.visitor_join(visitor=visitor_of(VISITOR), lead_id=lead.pk)
        assert Deed(visitors.visits_forget).finished() == 0
    assert visitors.visits_forget() == 0 and LeadEvent.objects.get().lead == lead


def reported_while_he_sends_the_form(form: WebForm, admin: User, number: int) -> tuple[Lead, LeadEvent]:  # noqa: F811
    """Another system reports a visitor's event, uncommitted, while he sends the form."""
    who = visitor_of(f"{number:032x}")
    values = {
        **IDA,
        "email": f"ida{number}@blum.test",
        "company_name": f"Blum {number}",
        "visitor": f"{number:032x}",
    }
    event = {
        "event_id": str(number),
        "visitor": who,
        "kind": "download",
        "occurred_at": timezone.now().isoformat(),
    }
    with transaction.atomic():
        assert events_take(items=[event], by=admin) == [{"result": "accepted"}]
        sent = Deed(lambda: post(form, values).status_code)
        wait_until(lambda: sent.waits() or not sent.is_alive(), "the form waits or is taken")
    assert sent.finished() == 303
    return Lead.objects.get(email=values["email"]), LeadEvent.objects.get(event_id=str(number))


@pytest.mark.django_db(transaction=True)
def test_what_is_reported_while_he_sends_a_form_is_his_leads(
    form: WebForm,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the lock of visitors the event stays a stranger's."""
    admin = cast.person("root", "admin")
    lead, event = reported_while_he_sends_the_form(form, admin, 1)
    assert event.lead == lead
    for where in (taking, submit):
        monkeypatch.setattr(where, "visitors_lock", list)
    _lead, event = reported_while_he_sends_the_form(form, admin, 2)
    assert event.lead is None
