"""A pool may mask contact details until a lead is claimed; a look at them is logged and limited. Own team first."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from leads.models import ContactReveal, Lead
from leads.services import lead_claim, lead_edit, lead_return
from leads.services.reveal import contacts_reveal, masked
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.people.models import User
from tests.api.conftest import caller_of
from tests.leads import cast

pytestmark = pytest.mark.django_db
REACH = {
    "email": "kim@arbor.test",
    "phone": "+8613800138000",
    "mobile": "+4930123456",
    "website": "arbor.test",
}


@pytest.fixture
def mona() -> User:
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona: User) -> User:
    return cast.person("ann", team=cast.team("East", mona))


def masking(ann: User, mona: User, **values: object) -> Lead:
    pool = cast.default_pool(members=[ann], managers=[mona], mask_contacts=True, **values)
    return cast.lead_in_pool(pool, contact_name="Kim", **REACH)


def test_what_is_masked_tells_two_apart_and_reaches_nobody() -> None:
    assert masked("email", "kim@arbor.test") == "k****@arbor.test"
    assert masked("phone", "+8613800138000") == "+86138****00"
    assert masked("phone", "12345") == "****45" and masked("phone", "") == ""
    assert masked("email", "no address") == "****"


def test_a_member_sees_masked_details_until_he_asks_and_a_manager_sees_them(ann: User, mona: User) -> None:
    lead = masking(ann, mona)
    for path, pick in (("leads/", lambda body: body["results"][0]), (f"leads/{lead.pk}/", lambda body: body)):
        said = pick(caller_of(ann).get(path).json())
        assert (said["email"], said["phone"], said["contacts_masked"]) == (
            "k****@arbor.test",
            "+86138****00",
            True,
        )
        assert "arbor.test" not in said["website"]
        assert pick(caller_of(mona).get(path).json())["email"] == REACH["email"]
    said = caller_of(ann).post(f"leads/{lead.pk}/reveal/")
    assert (said.status_code, said.json()["email"], said.json()["contacts_masked"]) == (
        200,
        REACH["email"],
        False,
    )
    assert caller_of(ann).post(f"leads/{lead.pk}/reveal/").status_code == 200
    assert ContactReveal.objects.count() == 1
    assert Event.objects.filter(kind="leads.contacts_revealed", subject_id=lead.pk, actor=ann).count() == 1


def test_claimed_they_are_seen_and_given_back_they_are_masked_again(ann: User, mona: User) -> None:
    lead = masking(ann, mona)
    lead_claim(lead=lead, by=ann)
    assert caller_of(ann).get(f"leads/{lead.pk}/").json()["email"] == REACH["email"]
    lead_return(lead=cast.fresh(lead), by=ann, reason="no time")
    assert caller_of(ann).get(f"leads/{lead.pk}/").json()["contacts_masked"] is True


def test_looks_are_limited_per_day(ann: User, mona: User) -> None:
    first = masking(ann, mona, max_reveals_per_day=1)
    second = cast.lead_in_pool(first.pool, **REACH)
    contacts_reveal(lead=first, by=ann)
    said = caller_of(ann).post(f"leads/{second.pk}/reveal/")
    assert (said.status_code, said.json()["code"], said.json()["limit"]) == (409, "reveal_limit", 1)
    contacts_reveal(lead=first, by=ann)


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_do_not_pass_the_limit(ann: User, mona: User) -> None:
    leads = [masking(ann, mona, max_reveals_per_day=1), cast.lead_in_pool(**REACH)]

    def look(lead: Lead) -> str:
        try:
            contacts_reveal(lead=lead, by=User.objects.get(pk=ann.pk))
        except Conflict as conflict:
            return conflict.code
        finally:
            connection.close()
        return "shown"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(look, leads)) == ["reveal_limit", "shown"]


def test_the_page_masks_and_reveals(ann: User, mona: User) -> None:
    lead = masking(ann, mona)
    client = Client()
    client.force_login(ann)
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert "kim@arbor" not in page and "13800138000" not in page and f"/leads/{lead.pk}/reveal/" in page
    client.post(f"/leads/{lead.pk}/reveal/")
    assert "mailto:kim@arbor.test" in client.get(f"/leads/{lead.pk}/").content.decode()
    assert cast.fresh(lead).email == REACH["email"]


def test_the_timeline_does_not_tell_what_is_masked(ann: User, mona: User) -> None:
    lead = masking(ann, mona)
    lead_edit(lead=lead, by=mona, values={"email": "lee@arbor.test", "city": "Ulm"})
    for person, tells in ((ann, False), (mona, True)):
        said = caller_of(person).get(f"leads/{lead.pk}/timeline/").content.decode()
        assert ("kim@arbor.test" in said) is tells and "Ulm" in said


def test_the_comparing_page_masks_too(ann: User, mona: User) -> None:
    lead = masking(ann, mona)
    own = cast.lead_of(ann, company_name="Arbor")
    client = Client()
    client.force_login(ann)
    page = client.get(f"/leads/{own.pk}/compare/?with={lead.pk}").content.decode()
    assert "kim@arbor" not in page and "k****@arbor.test" in page


def test_the_team_of_the_last_owner_comes_first(ann: User, mona: User) -> None:
    mate, eve = cast.person("mate", team=ann.team), cast.person("eve", team=cast.team("West"))
    pool = cast.default_pool(members=[ann, mate, eve], managers=[mona], own_team_first_seconds=3600)
    lead, fresh = cast.lead_of(ann), cast.lead_in_pool(pool)
    lead_return(lead=lead, by=ann, reason="no time")
    said = caller_of(eve).post(f"leads/{lead.pk}/claim/")
    assert (said.status_code, said.json()["code"]) == (409, "own_team_first")
    assert caller_of(eve).post(f"leads/{fresh.pk}/claim/").status_code == 200
    cast.time_passes([lead], 3600)
    assert caller_of(eve).post(f"leads/{lead.pk}/claim/").status_code == 200
    lead_return(lead=cast.fresh(lead), by=eve, reason="no time")
    assert caller_of(mate).post(f"leads/{lead.pk}/claim/").json()["code"] == "own_team_first"
