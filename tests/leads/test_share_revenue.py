"""A partner's share of revenue: by percentage, marginal or retroactive tiers, capped, rounded once; agreed for days."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Partner, PartnerAgreement
from leads.services.agreements import agreement_create
from leads.services.partner_reminders import partner_reminders_send
from leads.services.partners import partner_day
from leads.shares import Terms, Tier, bands_of, share_added, share_of
from salesflow.journal.models import Notice
from tests.api.conftest import caller_of, make_cast

TABLE = [Tier(Decimal(0), Decimal(5)), Tier(Decimal(100_000), Decimal(10))]
TIERS = [{"since": "0", "percent": "5"}, {"since": "100000", "percent": "10"}]
amounts = st.decimals(0, 10**7, places=2)


@st.composite
def terms(draw: Any) -> Terms:
    starts = sorted(draw(st.sets(st.integers(1, 10**6), max_size=4)))
    percents = draw(
        st.lists(st.decimals(0, 100, places=2), min_size=len(starts) + 1, max_size=len(starts) + 1)
    )
    tiers = [Tier(Decimal(since), percent) for since, percent in zip([0, *starts], percents, strict=True)]
    cap = draw(st.none() | st.decimals(0, 10**6, places=2))
    return Terms(tiers, draw(st.booleans()), cap, draw(st.sampled_from(["CNY", "JPY", "KWD"])))


@pytest.mark.parametrize(
    ("revenue", "marginal", "retroactive"),
    [("0", "0.00", "0.00"), ("99999.99", "5000.00", "5000.00"), ("100000", "5000.00", "10000.00"),
     ("150000", "10000.00", "15000.00"), ("-5", "0.00", "0.00")],
)  # fmt: skip
def test_the_same_table_pays_different_sums(revenue: str, marginal: str, retroactive: str) -> None:
    for is_retroactive, expected in ((False, marginal), (True, retroactive)):
        assert str(share_of(Decimal(revenue), Terms(TABLE, is_retroactive))) == expected


def test_a_cap_ends_it_and_a_currency_rounds_it() -> None:
    plain = [Tier(Decimal(0), Decimal("3.33"))]
    assert share_of(Decimal(1_000_000), Terms(plain, cap=Decimal(500))) == Decimal("500.00")
    assert str(share_of(Decimal("1015"), Terms(plain, currency="JPY"))) == "34"  # 33.7995
    assert str(share_of(Decimal("1015"), Terms(plain, currency="KWD"))) == "33.800"


@given(amounts, terms())
def test_the_bands_are_the_whole_revenue(revenue: Decimal, agreed: Terms) -> None:
    bands = bands_of(revenue, agreed)
    assert sum(band.amount for band in bands) == revenue
    assert all(band.share == band.amount * band.percent / 100 for band in bands)
    assert 0 <= share_of(revenue, agreed) <= revenue + 1


@given(st.lists(amounts, max_size=6), terms())
def test_the_parts_of_a_period_add_up_to_the_share_of_the_whole(parts: list[Decimal], agreed: Terms) -> None:
    before, accrued = Decimal(0), Decimal(0)
    for part in parts:
        accrued += share_added(before, part, agreed)
        before += part
    assert accrued == share_of(sum(parts, Decimal(0)), agreed)
    assert accrued + share_added(before, -before, agreed) == 0  # all of it refunded


@given(st.lists(amounts, min_size=2, max_size=6), terms())
def test_more_revenue_never_pays_less_by_marginal_tiers(revenues: list[Decimal], agreed: Terms) -> None:
    marginal = Terms(agreed.tiers, False, agreed.cap, agreed.currency)
    assert all(share_of(a, marginal) <= share_of(b, marginal) for a, b in pairwise(sorted(revenues)))


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return make_cast()


@pytest.fixture
def partner(cast: SimpleNamespace) -> Partner:
    return Partner.objects.create(name="Hartmann", kind="distributor", owner=cast.mona)


def body(partner: Partner, **values: Any) -> dict[str, Any]:
    plain = {"percent": "7.5"} if "tiers" not in values else {}
    return {"partner": partner.pk, "currency": "CNY", "valid_from": "2026-01-01", "valid_until": "2026-12-31",
            **plain, **values}  # fmt: skip


def codes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_an_agreement_is_made_and_tells_what_it_would_pay(cast: SimpleNamespace, partner: Partner) -> None:
    mona = caller_of(cast.mona)
    made = mona.post("partner-agreements/", body(partner, tiers=TIERS, tier_method="marginal", cap="8000"))
    agreed = made.json()
    assert made.status_code == 201, made.content
    assert (agreed["tiers"], agreed["basis"], agreed["percent"]) == (TIERS, "collected", None)
    share = mona.get(f"partner-agreements/{agreed['id']}/share/?revenue=150000").json()
    assert (share["share"], share["currency"]) == ("8000.00", "CNY")
    assert [(band["amount"], band["share"]) for band in share["bands"]] == [
        ("100000.00", "5000.00"), ("50000.00", "5000.00")
    ]  # fmt: skip
    for wrong in ("", "x", "NaN", "-1", "1e400"):
        assert mona.get(f"partner-agreements/{agreed['id']}/share/?revenue={wrong}").status_code == 400
    for person, status in ((cast.alice, 404), (cast.finance, 404), (cast.auditor, 200)):
        assert caller_of(person).get(f"partner-agreements/{agreed['id']}/").status_code == status


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"tiers": TIERS}, "", "invalid"),  # the method is not said
        ({"tiers": TIERS, "tier_method": "marginal", "percent": "5"}, "", "invalid"),
        ({"percent": None}, "", "invalid"),
        ({"percent": "101"}, "percent", "max_value"),
        ({"tiers": TIERS[::-1], "tier_method": "marginal"}, "tiers", "order"),
        ({"tiers": TIERS[1:], "tier_method": "marginal"}, "tiers", "order"),
        ({"currency": "QQQ"}, "currency", "unknown_currency"),
        ({"valid_until": "2025-12-31"}, "", "invalid"),
        ({"cap": "-1"}, "cap", "min_value"),
    ],
)
def test_what_is_no_agreement_is_refused(
    cast: SimpleNamespace, partner: Partner, values: dict[str, Any], field: str, code: str
) -> None:
    assert (field, code) in codes(caller_of(cast.mona).post("partner-agreements/", body(partner, **values)))


def test_a_partner_has_one_agreement_at_a_time(cast: SimpleNamespace, partner: Partner) -> None:
    mona = caller_of(cast.mona)
    first = mona.post("partner-agreements/", body(partner)).json()
    for days in (("2026-12-31", None), ("2025-01-01", "2026-01-01"), ("2026-03-01", "2026-04-01")):
        again = mona.post("partner-agreements/", body(partner, valid_from=days[0], valid_until=days[1]))
        assert "for some of these days already" in again.json()["errors"][0]["message"]
    next_year = mona.post("partner-agreements/", body(partner, valid_from="2027-01-01", valid_until=None))
    assert next_year.status_code == 201
    assert mona.patch(f"partner-agreements/{first['id']}/", {"valid_until": "2027-01-01"}).status_code == 400
    with pytest.raises(IntegrityError), transaction.atomic():  # whatever the services say
        PartnerAgreement.objects.filter(pk=first["id"]).update(valid_until="2027-01-01")
    admin = caller_of(cast.admin)
    admin.delete(f"partner-agreements/{first['id']}/")
    agreement_create(by=None, partner=partner, percent=Decimal(1), currency="CNY", valid_from="2026-05-01",
                     valid_until="2026-06-01")  # fmt: skip
    assert admin.post(f"partner-agreements/{first['id']}/restore/").status_code == 400


def test_pages_keep_an_agreement_and_work_out_a_share(cast: SimpleNamespace, partner: Partner) -> None:
    browser = Client()
    browser.force_login(cast.mona)
    typed = {"tiers": "0 5\n100000 10 %", "tier_method": "retroactive", "basis": "booked", "currency": "CNY",
             "valid_from": "2026-01-01", "remind_days": "30"}  # fmt: skip
    wrong = browser.post(f"/partners/{partner.pk}/agreements/new/", {**typed, "tiers": "five percent"})
    assert wrong.status_code == 400 and "five percent" in wrong.content.decode()
    assert browser.post(f"/partners/{partner.pk}/agreements/new/", typed).status_code == 302
    agreed = PartnerAgreement.objects.get()
    assert agreed.tiers == TIERS
    page = browser.get(agreed.get_absolute_url(), {"revenue": "150000"}).content.decode()
    assert "15,000" in page
    assert re.search(r'<a [^>]*href="/partners/"[^>]*aria-current="page"', page), "it belongs to the partners"
    edit = browser.get(f"/agreements/{agreed.pk}/edit/").content.decode()
    assert "100000 10" in edit
    assert agreed.get_absolute_url() in browser.get(partner.get_absolute_url()).content.decode()
    browser.force_login(cast.alice)  # the terms are for who manages
    assert browser.get(agreed.get_absolute_url()).status_code == 404
    assert agreed.get_absolute_url() not in browser.get(partner.get_absolute_url()).content.decode()


def test_the_owner_is_reminded_before_an_agreement_ends(cast: SimpleNamespace, partner: Partner) -> None:
    last = partner_day() + timedelta(days=20)
    agreement_create(
        by=None,
        partner=partner,
        percent=Decimal(5),
        currency="CNY",
        valid_from=partner_day(),
        valid_until=last,
    )
    assert [partner_reminders_send()["processed"] for _each in range(2)] == [1, 0]
    notice = Notice.objects.get(user=cast.mona, kind="leads.agreement_expires")
    assert notice.params == {"partner": "Hartmann", "day": last.isoformat()}
