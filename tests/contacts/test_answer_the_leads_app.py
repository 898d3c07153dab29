"""What the app of leads asks: whose customer is this company already?"""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Customer
from contacts.services import customer_archive, customer_create
from leads.models import Lead
from leads.ports import ports
from salesflow.people.models import User
from tests.contacts.conftest import again

CODE, OTHER = "91350100M000100Y43", "91110000600007306Q"


def lead(company: str = "", code: str | None = None) -> Lead:
    """As it is before it is stored: the company's key and the code."""
    return Lead(company_name=company, company_key=company or None, credit_code_key=code)


@pytest.fixture
def known(cast: SimpleNamespace) -> dict[str, Customer]:
    def made(owner: User, name: str, code: str = "") -> Customer:
        values = {"name": name, "credit_code": code}
        return customer_create(by=again(owner), values=values, allow_duplicate=True)

    return {
        "arbor": made(cast.alice, "arbor"),
        "arbor later": made(cast.bob, "arbor"),
        "beech": made(cast.bob, "beech", CODE),
    }


def test_by_company_name_the_oldest_and_by_credit_code_first(
    cast: SimpleNamespace, known: dict[str, Customer]
) -> None:
    asked = [lead("arbor"), lead("other", CODE), lead("beech"), lead("beech", OTHER), lead("other"), lead()]
    expected = [cast.alice.pk, cast.bob.pk, cast.bob.pk, None, None, None]
    assert ports.customer_owners(asked) == expected
    assert [ports.customer_owner(each) for each in asked] == expected


def test_many_are_asked_for_in_one_statement(known: dict[str, Customer]) -> None:
    with CaptureQueriesContext(connection) as asked:
        ports.customer_owners([lead("arbor"), lead("beech", CODE)] * 500)
    assert len(asked) == 1


def test_archived_customers_and_people_who_left_do_not_count(
    cast: SimpleNamespace, known: dict[str, Customer]
) -> None:
    customer_archive(customer=known["arbor"], by=again(cast.alice))
    assert ports.customer_owner(lead("arbor")) == cast.bob.pk
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert ports.customer_owner(lead("arbor")) is None
