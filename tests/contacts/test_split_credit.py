"""The credit for an opportunity is split among people, in percent that make a hundred, and to the cent."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.collision_models import CollisionCase
from contacts.models import CreditSplit, Customer, Opportunity
from contacts.services import opportunity_create
from contacts.services.collisions import collision_decide, collision_open
from contacts.services.credit import credit_split, credits_of
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict, PermissionDenied, ValidationError
from salesflow.lib.money import allocated
from salesflow.people.models import User
from tests.api.conftest import Caller
from tests.contacts.conftest import again, at_once, make_cast, make_lead

Call = Callable[..., Caller]


def sale_of(owner: User, amount: str = "100.00", currency: str = "EUR") -> Opportunity:
    customer = Customer.objects.create(name="Arbor", owner=owner)
    values = {"name": "Arms", "amount": amount, "currency": currency}
    return opportunity_create(customer=customer, by=again(owner), values=values)


def split(sale: Opportunity, by: User, **percents: str) -> Opportunity:
    people = {
        user.name.lower(): user for user in User.objects.filter(name__in=[name.title() for name in percents])
    }
    parts = {people[name]: Decimal(percent) for name, percent in percents.items()}
    return credit_split(opportunity=sale, by=again(by), parts=parts)


def shown(sale: Opportunity) -> list[tuple[str, str, str]]:
    return [(each.user.name, str(each.percent), str(each.amount)) for each in credits_of(sale)]


def test_it_is_the_owner_s_alone_until_a_manager_splits_it(cast: SimpleNamespace) -> None:
    sale = sale_of(cast.alice)
    assert shown(sale) == [("Alice", "100", "100.00")]
    sale = split(sale, cast.mona, alice="66.67", bob="33.33")
    assert shown(sale) == [("Alice", "66.67", "66.67"), ("Bob", "33.33", "33.33")]
    event = Event.objects.get(kind="contacts.credit_split")
    assert event.data["after"] == {str(cast.alice.pk): "66.67", str(cast.bob.pk): "33.33"}
    split(sale, cast.mona, alice="66.67", bob="33.33")  # the same again says nothing
    assert Event.objects.filter(kind="contacts.credit_split").count() == 1
    assert shown(split(sale, cast.mona)) == [("Alice", "100", "100.00")]


@pytest.mark.parametrize(
    "percents", [{"alice": "60", "bob": "30"}, {"alice": "100.01"}, {"alice": "110", "bob": "-10"},
                 {"alice": "NaN"}, {"alice": "33.333", "bob": "66.667"}]
)  # fmt: skip
def test_parts_that_do_not_make_a_hundred_are_refused(
    cast: SimpleNamespace, percents: dict[str, str]
) -> None:
    sale = sale_of(cast.alice)
    with pytest.raises(ValidationError):
        split(sale, cast.mona, **percents)
    assert not CreditSplit.objects.exists()


def test_only_who_is_above_all_of_them_splits(cast: SimpleNamespace) -> None:
    sale = sale_of(cast.alice)
    for by, people in (
        (cast.alice, {"alice": "50", "bob": "50"}),
        (cast.mona, {"alice": "50", "charlie": "50"}),
    ):
        with pytest.raises(PermissionDenied):
            split(sale, by, **people)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cents=st.integers(0, 10**12),
    weights=st.lists(st.integers(1, 10_000), min_size=1, max_size=6),
    unit=st.sampled_from(("0.01", "1")),
)
def test_parts_of_an_amount_make_the_whole(cents: int, weights: list[int], unit: str) -> None:
    amount, step = Decimal(cents).scaleb(-2), Decimal(unit)
    parts = allocated(amount, [Decimal(weight) for weight in weights], unit=step)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < 2 * step


@pytest.mark.django_db(transaction=True)
def test_two_who_split_at_once_leave_one_whole() -> None:
    cast = make_cast()
    sale = sale_of(cast.alice)
    at_once(
        partial(split, sale, cast.mona, alice="70", bob="30"),
        partial(split, sale, cast.dora, alice="20", bob="80"),
    )
    assert sum(CreditSplit.objects.values_list("percent", flat=True)) == 100


def test_over_rest(cast: SimpleNamespace, call: Call) -> None:
    path = f"opportunities/{sale_of(cast.alice, '1001', 'JPY').pk}/"
    parts = [{"user": cast.alice.pk, "percent": "50.00"}, {"user": cast.bob.pk, "percent": "50.00"}]
    assert call("alice").put(f"{path}credit-splits/", {"parts": parts}).status_code == 403
    said = call("mona").put(f"{path}credit-splits/", {"parts": parts})
    assert said.status_code == 200, said.content
    assert [(each["user"], each["percent"], each["amount"]) for each in said.json()["credit_splits"]] == [
        (cast.alice.pk, "50.00", "501.00"), (cast.bob.pk, "50.00", "500.00"),
    ]  # fmt: skip
    assert call("alice").get(path).json()["credit_splits"][1]["amount"] == "500.00"
    assert call("mona").put(f"{path}credit-splits/", {"parts": parts[:1]}).status_code == 400
    assert call("mona").put(f"{path}credit-splits/", {"parts": parts[:1] * 2}).status_code == 400


def test_on_the_page(cast: SimpleNamespace) -> None:
    sale, client = sale_of(cast.alice), Client()
    client.force_login(cast.mona)
    form = reverse("contacts:opportunity-credit", args=[sale.pk])
    assert form in client.get(sale.get_absolute_url()).content.decode()
    sent = {"person_1": cast.alice.pk, "percent_1": "40", "person_2": cast.bob.pk, "percent_2": "50"}
    refused = client.post(form, sent | {"version": sale.version})
    assert refused.status_code == 400 and "must make 100 percent" in refused.content.decode()
    client.post(form, sent | {"version": sale.version, "percent_2": "60"})
    assert shown(sale) == [("Bob", "60.00", "60.00"), ("Alice", "40.00", "40.00")]


def test_a_collision_may_end_in_a_split(cast: SimpleNamespace) -> None:
    sale = sale_of(cast.alice)
    Customer.objects.update(name="Arbor Ltd", name_key="arbor")
    lead = make_lead(cast.bob, company_name="Arbor Ltd")
    case = collision_open(record=lead, by=again(cast.bob), reason="Mine")
    for percent in (None, Decimal(0), Decimal(100)):
        with pytest.raises(ValidationError):
            collision_decide(
                case=case, by=again(cast.mona), outcome="split", note="Both.", holder_percent=percent
            )
    collision_decide(
        case=case, by=again(cast.mona), outcome="split", note="Both.", holder_percent=Decimal(60)
    )
    assert shown(sale) == [("Alice", "60.00", "60.00"), ("Bob", "40.00", "40.00")]
    assert (Customer.objects.get().owner, CollisionCase.objects.get().holder_percent) == (cast.alice, 60)


def test_there_must_be_something_to_split(cast: SimpleNamespace) -> None:
    Customer.objects.create(name="Arbor Ltd", name_key="arbor", owner=cast.alice)
    case = collision_open(
        record=make_lead(cast.bob, company_name="Arbor Ltd"), by=again(cast.bob), reason="Mine"
    )
    with pytest.raises(Conflict, match="nothing_to_split"):
        collision_decide(
            case=case, by=again(cast.mona), outcome="split", note="Both.", holder_percent=Decimal(60)
        )
