"""A lead is credited to a partner only while a non-disclosure agreement with it is in force."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from leads.models import Lead, Nda, Partner
from leads.services import lead_create, leads_enter, partner_reminders
from leads.services.clean import draft_of
from leads.services.defaults import leads_ensure_defaults
from leads.services.partner_reminders import partner_reminders_send
from leads.services.partners import partner_day
from salesflow.journal.models import Notice
from tests.api.conftest import caller_of, make_cast
from tests.files.samples import pdf
from tests.leads import cast as scene

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    scene.default_pool(members=[people.alice, people.bob], managers=[people.mona])
    scene.rule()
    return people


@pytest.fixture
def partner(cast: SimpleNamespace) -> Partner:
    return Partner.objects.create(name="Hartmann", kind="distributor", owner=cast.mona)


def nda(partner: Partner, *, signed: int = -30, expires: int | None = 30, **values: Any) -> Nda:
    today = partner_day()
    until = None if expires is None else today + expires * DAY
    return Nda.objects.create(
        partner=partner, kind="mutual", signed_on=today + signed * DAY, expires_on=until, **values
    )


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("signed", "expires", "ended", "code"),
    [
        (-30, 30, None, None),
        (-30, 0, None, None),  # its last day
        (0, None, None, None),  # signed today, open-ended
        (-30, 30, 1, None),
        (-30, -1, None, "nda_not_in_force"),
        (1, 30, None, "nda_not_in_force"),
        (-30, 30, 0, "nda_not_in_force"),  # the first day without it
    ],
)
def test_the_day_decides(
    cast: SimpleNamespace,
    partner: Partner,
    signed: int,
    expires: int | None,
    ended: int | None,
    code: str | None,
) -> None:
    nda(
        partner,
        signed=signed,
        expires=expires,
        ended_on=None if ended is None else partner_day() + ended * DAY,
    )
    answer = caller_of(cast.alice).post("leads/", {"company_name": "Arbor", "partner": partner.pk})
    if code is None:
        assert answer.status_code == 201 and answer.json()["partner"] == partner.pk
    else:
        assert faults(answer) == [("partner", code)] and not Lead.objects.exists()


def test_every_door_refuses_a_partner_without_an_agreement(cast: SimpleNamespace, partner: Partner) -> None:
    alice, browser = caller_of(cast.alice), Client()
    browser.force_login(cast.alice)
    typed = {"company_name": "Arbor", "partner": partner.pk}
    assert faults(alice.post("leads/", typed)) == [("partner", "nda_missing")]
    rows = alice.post("leads/bulk/", {"rows": [typed, {"company_name": "Birch"}]}).json()["results"]
    assert [row["result"] for row in rows] == ["rejected", "created"]
    assert "There is no non-disclosure agreement with Hartmann." in rows[0]["reason"]
    lead = lead_create(by=cast.alice, values={"company_name": "Cedar"}, assignment="me")
    assert faults(alice.patch(f"leads/{lead.pk}/", {"partner": partner.pk})) == [("partner", "nda_missing")]
    page = browser.post(
        f"/leads/{lead.pk}/edit/", {**typed, "company_name": "Cedar", "version": lead.version}
    )
    assert page.status_code == 400 and "There is no non-disclosure agreement" in page.content.decode()
    assert scene.fresh(lead).partner is None


def test_a_credit_stays_when_the_agreement_ends(cast: SimpleNamespace, partner: Partner) -> None:
    agreement = nda(partner)
    lead = lead_create(by=cast.alice, values={"company_name": "Arbor", "partner": partner}, assignment="me")
    Nda.objects.filter(pk=agreement.pk).update(ended_on=partner_day())
    alice = caller_of(cast.alice)
    for body in ({"city": "Basel"}, {"partner": partner.pk, "city": "Bern"}):
        assert alice.patch(f"leads/{lead.pk}/", body).json()["partner"] == partner.pk
    # taken away and given again is a new credit
    alice.patch(f"leads/{lead.pk}/", {"partner": None})
    assert faults(alice.patch(f"leads/{lead.pk}/", {"partner": partner.pk})) == [
        ("partner", "nda_not_in_force")
    ]


def test_a_thousand_credited_rows_ask_as_often_as_one(
    cast: SimpleNamespace, partner: Partner, django_assert_max_num_queries: Any
) -> None:
    nda(partner)
    other = Partner.objects.create(name="Other", kind="other")
    named = [{"company_name": f"Firm {n}", "partner": other if n == 3 else partner} for n in range(40)]
    drafts = [draft_of(values, region="CN", base_currency="CNY") for values in named]
    with django_assert_max_num_queries(40):
        answers = leads_enter(drafts=drafts, by=cast.alice, via="api")
    assert [answer.result for answer in answers].count("created") == 39 and answers[3].result == "rejected"


def test_managers_keep_partners_and_reps_read_them(cast: SimpleNamespace) -> None:
    mona, alice = caller_of(cast.mona), caller_of(cast.alice)
    made = mona.post("partners/", {"name": "Nord", "kind": "supplier", "credit_code": "91310000ma1k4q0x1q"})
    wrong = mona.post("partners/", {"name": "Süd", "kind": "supplier", "credit_code": "123"})
    assert faults(wrong) == [("credit_code", "invalid")] and faults(made) == [("credit_code", "invalid")]
    partner = mona.post("partners/", {"name": "Nord", "kind": "supplier"}).json()
    body = {"partner": partner["id"], "kind": "mutual", "signed_on": "2026-01-01", "expires_on": "2026-12-31"}
    agreed = mona.post("ndas/", body).json()
    assert (agreed["remind_days"], agreed["remind_on"]) == (30, "2026-12-01")
    assert faults(mona.post("ndas/", {**body, "expires_on": "2025-12-31"}))[0][0] in ("", "expires_on")
    assert alice.get(f"ndas/{agreed['id']}/").status_code == 200
    assert alice.patch(f"ndas/{agreed['id']}/", {"note": "x"}).status_code == 403
    assert alice.post("ndas/", body).status_code == 403
    assert caller_of(cast.finance).get(f"partners/{partner['id']}/").status_code == 404


def test_the_database_holds_an_agreement_to_its_days(partner: Partner) -> None:
    for values in ({"expires_on": date(2025, 1, 1)}, {"ended_on": date(2025, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Nda.objects.create(partner=partner, kind="mutual", signed_on=date(2026, 1, 1), **values)


def test_pages_show_and_keep_what_was_agreed(cast: SimpleNamespace) -> None:
    browser = Client()
    browser.force_login(cast.mona)
    answer = browser.post(
        "/partners/new/", {"name": "Hartmann", "kind": "distributor", "owner": cast.mona.pk}
    )
    partner = Partner.objects.get()
    assert answer["Location"] == partner.get_absolute_url()
    page = browser.get(partner.get_absolute_url()).content.decode()
    assert "no lead can be credited to this partner" in page
    day = partner_day()
    typed = {"kind": "mutual", "signed_on": day.isoformat(), "remind_days": "30"}
    wrong = browser.post(f"/partners/{partner.pk}/ndas/new/", {**typed, "expires_on": "2020-01-01"})
    assert wrong.status_code == 400 and "It cannot end before it starts." in wrong.content.decode()
    assert browser.post(f"/partners/{partner.pk}/ndas/new/", typed).status_code == 302
    agreed = Nda.objects.get()
    assert "Until it is ended" in browser.get(agreed.get_absolute_url()).content.decode()
    browser.post(f"/ndas/{agreed.pk}/edit/", {**typed, "ended_on": day.isoformat(), "note": "Moved"})
    assert (scene.fresh(agreed).ended_on, scene.fresh(agreed).note) == (day, "Moved")
    lead = lead_create(by=cast.alice, values={"company_name": "Arbor"}, assignment="me")
    Lead.objects.filter(pk=lead.pk).update(partner=partner)
    assert lead.get_absolute_url() in browser.get(partner.get_absolute_url()).content.decode()
    # a manager elsewhere sees the partner, not the lead
    browser.force_login(cast.max)
    assert lead.get_absolute_url() not in browser.get(partner.get_absolute_url()).content.decode()
    assert "Hartmann" in browser.get("/partners/").content.decode()


def told(cast: SimpleNamespace) -> list[dict[str, Any]]:
    return list(
        Notice.objects.filter(user=cast.mona, kind="leads.nda_expires").values_list("params", flat=True)
    )


def test_the_owner_is_reminded_once_before_an_agreement_expires(
    cast: SimpleNamespace, partner: Partner
) -> None:
    soon = nda(partner, expires=30)
    for values in ({"expires": 31}, {"expires": None}, {"expires": 5, "ended_on": partner_day()}):
        nda(Partner.objects.create(name=f"P{values}", kind="other", owner=cast.mona), **values)
    assert [partner_reminders_send()["processed"] for _each in range(2)] == [1, 0]
    assert told(cast) == [{"partner": "Hartmann", "day": (partner_day() + 30 * DAY).isoformat()}]
    # put off, it is told anew when its time comes again
    Nda.objects.filter(pk=soon.pk).update(expires_on=partner_day() + 29 * DAY)
    assert partner_reminders_send()["processed"] == 1 and len(told(cast)) == 2


def test_no_reminder_where_a_later_agreement_takes_over_or_nobody_owns(
    cast: SimpleNamespace, partner: Partner
) -> None:
    nda(partner, expires=10)
    nda(partner, expires=400)
    alone = Partner.objects.create(name="Alone", kind="other")
    nda(alone, expires=10)
    partner_reminders_send()
    assert told(cast) == []
    Partner.objects.filter(pk=alone.pk).update(owner=cast.mona)  # he hears of it when there is one
    partner_reminders_send()
    assert [params["partner"] for params in told(cast)] == ["Alone"]


def test_one_reminder_that_fails_holds_up_no_other(
    cast: SimpleNamespace, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    nda(partner, expires=5)
    nda(Partner.objects.create(name="Second", kind="other", owner=cast.mona), expires=6)
    real = partner_reminders.notify

    def notify(*args: Any, **kwargs: Any) -> None:
        if kwargs["params"]["partner"] == "Hartmann":
            raise RuntimeError
        real(*args, **kwargs)

    monkeypatch.setattr(partner_reminders, "notify", notify)
    assert partner_reminders_send() == {"processed": 1, "failed": 1}


def test_an_agreement_keeps_its_paper(cast: SimpleNamespace, partner: Partner, store: Any) -> None:
    agreed, browser = nda(partner), Client()
    body = {"subject_type": "leads.nda", "subject_id": agreed.pk}
    for person, expected in ((cast.alice, 403), (cast.mona, 302)):
        browser.force_login(person)
        paper = SimpleUploadedFile("nda.pdf", pdf())
        assert browser.post("/files/add/", {**body, "file": paper}).status_code == expected
    browser.force_login(cast.alice)
    assert "nda.pdf" in browser.get(agreed.get_absolute_url()).content.decode()
