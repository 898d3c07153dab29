"""What a pool masks, nobody finds out by searching, filtering, or entering it a second time."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from leads.lists import find_leads
from leads.models import DuplicatePair, Lead, LeadEvent
from leads.services import lead_claim
from leads.services.clean import keys_set
from leads.services.reveal import contacts_reveal
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
#: Parts of what is masked, as one would try them.
GUESSES = ("kim@arbor", "13800138000", "0138", "800", "+49 30 12", "arbor.test", "Grove 138001")


@pytest.fixture
def mona() -> User:
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona: User) -> User:
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def lead(ann: User, mona: User) -> Lead:
    pool = cast.default_pool(members=[ann], managers=[mona], mask_contacts=True)
    return keyed(cast.lead_in_pool(pool, contact_name="Kim Oak", company_name="Grove", **REACH))


def keyed(lead: Lead) -> Lead:
    keys_set(lead)
    lead.save()
    return lead


def found(user: User, **query: str) -> list[int]:
    return [row["id"] for row in caller_of(user).get("leads/", query).json()["results"]]


def palette(user: User, query: str) -> bool:
    groups = caller_of(user).get("search/", {"q": query}).json()
    return "Kim Oak" in str(groups)


def test_a_masked_lead_is_found_by_its_names_and_by_nothing_that_is_masked(
    ann: User, mona: User, lead: Lead
) -> None:
    for guess in GUESSES:
        assert found(ann, search=guess) == [] and not palette(ann, guess), guess
        assert found(mona, search=guess) == [lead.pk] and palette(mona, guess), guess
    for known in ("Grove", "Kim Oak", "oak gro", "gro"):
        assert found(ann, search=known) == [lead.pk] and palette(ann, known), known
    assert caller_of(ann).get("leads/count/", {"search": "13800138000"}).json() == {"count": 0}


def test_one_s_own_leads_are_found_by_everything_all_the_while(ann: User, lead: Lead) -> None:
    own = cast.lead_of(ann, contact_name="Lee", email="lee@birch.test", phone="+8613900139000")
    assert found(ann, search="139001390") == [own.pk] == found(ann, search="lee@bir")
    assert palette(ann, "Kim") and found(ann, email="lee@birch.test") == [own.pk]


def test_the_pages_obey_the_same_rule(ann: User, lead: Lead) -> None:
    client = Client()
    client.force_login(ann)
    for address in ("/leads/", "/pool/"):
        assert "Kim Oak" in client.get(address, {"search": "grove"}).content.decode()
        assert "Kim Oak" not in client.get(address, {"search": "kim@arbor"}).content.decode()


def test_after_a_look_and_after_the_claim_it_is_found_by_all_of_it(ann: User, lead: Lead) -> None:
    contacts_reveal(lead=lead, by=ann)
    assert found(ann, search="13800138000") == [lead.pk] == found(ann, email="kim@arbor.test")
    lead_claim(lead=lead, by=ann)
    assert found(ann, search="kim@arbor") == [lead.pk]


def test_filters_and_the_filter_language_do_not_tell_either(ann: User, mona: User, lead: Lead) -> None:
    asked = ({"email": "kim@arbor.test"}, {"filter": "email ~ arbor"}, {"filter": "email = kim@arbor.test"})
    for query in asked:
        assert found(ann, **query) == [] and found(mona, **query) == [lead.pk], query
    # what is denied says nothing: it holds of every masked lead, whatever its address
    for word in ("kim@arbor.test", "other@arbor.test"):
        assert (
            found(ann, filter=f"email != {word}") == [lead.pk] == found(ann, filter=f"not email ~ {word[:3]}")
        )


def test_entering_a_masked_number_again_does_not_say_whose_it_is(ann: User, mona: User, lead: Lead) -> None:
    again = {"contact_name": "Somebody", "phone": REACH["phone"]}
    said = caller_of(ann).post("leads/", again).json()
    assert said["code"] == "duplicate"
    assert said["matches"] == [{"id": None, "visible": False, "reason": "phone"}]
    assert caller_of(mona).post("leads/", again).json()["matches"][0]["id"] == lead.pk
    rows = [again, again | {"contact_name": "Kim Oak", "company_name": "Grove"}]
    said = caller_of(ann).post("leads/bulk/", {"rows": rows[:1]}).json()["results"]
    assert (said[0]["duplicate_of"], said[0]["reason"]) == (None, "phone")
    # by both names it is told as ever, and as that: whether the number was right is not
    said = caller_of(ann).post("leads/bulk/", {"rows": rows[1:]}).json()["results"]
    assert (said[0]["duplicate_of"], said[0]["reason"]) == (lead.pk, "company_person")
    client = Client()
    client.force_login(ann)
    page = client.get(reverse("leads:alike"), {"phone": REACH["phone"]}).content.decode()
    assert "Kim Oak" not in page and "A colleague has this lead already" in page


def test_the_duplicates_of_one_s_own_lead_name_no_masked_one_by_its_number(ann: User, lead: Lead) -> None:
    own = keyed(cast.lead_of(ann, contact_name="Somebody", phone=REACH["phone"]))
    said = caller_of(ann).get(f"leads/{own.pk}/duplicates/").json()
    assert said["duplicates"] == [{"id": None, "visible": False, "reason": "phone", "score": 100}]
    pair = DuplicatePair.objects.create(
        first=lead, second=own, score=100, reason=DuplicatePair.Reason.PHONE
    )  # fmt: skip
    assert not DuplicatePair.objects.visible_to(ann).filter(pk=pair.pk).exists()
    contacts_reveal(lead=lead, by=ann)
    assert caller_of(ann).get(f"leads/{own.pk}/duplicates/").json()["duplicates"][0]["id"] == lead.pk
    assert DuplicatePair.objects.visible_to(User.objects.get(pk=ann.pk)).filter(pk=pair.pk).exists()


def test_behaviour_names_no_masked_address(ann: User, mona: User, lead: Lead) -> None:
    LeadEvent.objects.create(
        lead=lead, email_key="kim@arbor.test", kind="page_view", occurred_at="2026-01-05T08:00:00Z",
        url="https://arbor.test/a?mail=kim@arbor.test",
    )  # fmt: skip

    def events(user: User, **query: str) -> list[tuple[str, str]]:
        rows = caller_of(user).get("lead-events/", {"lead": lead.pk, **query}).json()["results"]
        return [(row["email"], row["url"]) for row in rows]

    assert events(ann) == [("k****@arbor.test", "https://arbor.test/a")]
    assert events(mona, email="kim@arbor.test") == [
        ("kim@arbor.test", "https://arbor.test/a?mail=kim@arbor.test")
    ]
    assert events(ann, email="kim@arbor.test") == []


def test_only_who_belongs_to_a_masking_pool_pays_for_it(ann: User, mona: User, lead: Lead) -> None:
    ben = cast.person("ben", team=ann.team)
    plain = str(find_leads(Lead.objects.all(), "13800138000").query)
    with connection.cursor() as cursor:  # a table this small is read whole otherwise
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    for person, pays in ((ann, True), (ben, False), (mona, False)):
        made = find_leads(Lead.objects.all(), "13800138000", person)
        assert (str(made.query) != plain) is pays and ("lead_search" in made.explain())
