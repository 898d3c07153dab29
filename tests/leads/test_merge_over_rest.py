"""Merging over REST and on pages: bodies, codes, and where a lost id leads to."""

import pytest
from django.test import Client

from tests.api.conftest import caller_of, codes
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona):
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def eve():
    return cast.person("eve")


def test_merged_by_id_with_choices_and_undone_again(ann):
    lead, other = cast.lead_of(ann, city="Ulm"), cast.lead_of(ann, city="Bonn", need="Pumps")
    speak = caller_of(ann)
    said = speak.post(f"leads/{lead.pk}/merge/", {"duplicate": other.pk, "fields": {"city": "duplicate"}})
    assert (said.status_code, said.json()["city"], said.json()["need"]) == (200, "Bonn", "Pumps")
    said = speak.post(f"leads/{lead.pk}/unmerge/", {"duplicate": other.pk})
    assert (said.status_code, said.json()["city"], said.json()["need"]) == (200, "Ulm", "")
    said = speak.post(f"leads/{lead.pk}/unmerge/", {"duplicate": other.pk})
    assert (said.status_code, said.json()["code"]) == (409, "already_unmerged")
    assert speak.post(f"leads/{lead.pk}/unmerge/").json()["code"] == "not_merged"


def test_undone_from_the_side_of_the_lost_one(ann):
    lead, other = cast.leads_of(ann, 2)
    speak = caller_of(ann)
    speak.post(f"leads/{lead.pk}/merge/", {"duplicate": other.pk})
    said = speak.post(f"leads/{other.pk}/unmerge/")
    assert (said.status_code, said.json()["id"], said.json()["owner"]) == (200, other.pk, ann.pk)


def test_the_lost_id_leads_to_the_kept_lead(ann, eve):
    lead, other = cast.leads_of(ann, 2)
    speak = caller_of(ann)
    speak.post(f"leads/{lead.pk}/merge/", {"duplicate": other.pk})
    said = speak.get(f"leads/{other.pk}/timeline/")
    assert (said.status_code, said.json()["code"], said.json()["merged_into"]) == (308, "merged", lead.pk)
    assert said.headers["Location"].endswith(f"/api/v1/leads/{lead.pk}/timeline/")
    assert caller_of(eve).get(f"leads/{other.pk}/").status_code == 404
    window = Client()
    window.force_login(ann)
    assert window.get(f"/leads/{other.pk}/").headers["Location"] == f"/leads/{lead.pk}/"
    window.force_login(eve)
    assert window.get(f"/leads/{other.pk}/").status_code == 404


def test_what_cannot_be_is_refused(ann, eve):
    lead, hidden = cast.lead_of(ann), cast.lead_of(eve)
    speak = caller_of(ann)
    assert codes(speak.post(f"leads/{lead.pk}/merge/", {})) == [("duplicate", "required")]
    assert codes(speak.post(f"leads/{lead.pk}/merge/", {"duplicate": hidden.pk})) == [
        ("duplicate", "does_not_exist")
    ]
    assert codes(speak.post(f"leads/{lead.pk}/merge/", {"duplicate": lead.pk})) == [
        ("duplicate", "same_lead")
    ]
    other = cast.lead_of(ann)
    body = {"duplicate": other.pk, "fields": {"owner": "duplicate"}}
    assert codes(speak.post(f"leads/{lead.pk}/merge/", body)) == [("fields", "unknown_field")]
    assert speak.post(f"leads/{hidden.pk}/merge/", {"duplicate": other.pk}).status_code == 404
