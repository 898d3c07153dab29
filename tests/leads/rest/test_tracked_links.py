"""Links for the mails to a lead over REST: one to a page, and all of them with their clicks."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from leads.models import TrackedLink, WebForm
from tests.leads.rest.conftest import Call, lead_of, told
from tests.leads.test_follow_tracked_links import follow
from tests.leads.test_track_visits import site  # noqa: F401
from tests.leads.test_web_forms import SITE, form  # noqa: F401

PAGE = {"page_url": f"{SITE}/prices"}


def test_a_link_is_made_followed_and_shown(cast: SimpleNamespace, call: Call, site: WebForm) -> None:  # noqa: F811
    lead = lead_of(cast.alice)
    made, again = (call("alice").post(f"leads/{lead.pk}/tracked-links/", PAGE) for _each in range(2))
    assert (made.status_code, made.json()) == (again.status_code, again.json()) and made.status_code == 200
    link = TrackedLink.objects.get()
    assert made.json()["url"] == f"{settings.SITE_URL}/t/{link.token}/"
    assert (made.json()["page_url"], made.json()["clicks"], made.json()["by"]) == (
        PAGE["page_url"], 0, cast.alice.pk,
    )  # fmt: skip
    follow(link)
    call("alice").post(f"leads/{lead.pk}/tracked-links/", {"page_url": f"{SITE}/lab"})
    shown = call("mona").get(f"leads/{lead.pk}/tracked-links/").json()["links"]
    assert [(each["page_url"], each["clicks"]) for each in shown] == [
        (f"{SITE}/lab", 0),
        (PAGE["page_url"], 1),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "page_url"), ({"page_url": ""}, "page_url"), ({"page_url": None}, "page_url"),
        ({"page_url": []}, "page_url"), ({"page_url": "https://evil.test/"}, "page_url"),
        ({"page_url": "x" * 3000}, "page_url"), ({**PAGE, "lead": 1}, "lead"),
    ],
)  # fmt: skip
def test_a_wrong_page_is_named(cast: Any, call: Call, site: WebForm, body: Any, field: str) -> None:  # noqa: F811
    answer = call("alice").post(f"leads/{lead_of(cast.alice).pk}/tracked-links/", body)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
    assert not TrackedLink.objects.exists()


def test_links_are_made_by_who_works_the_lead(cast: SimpleNamespace, call: Call, site: WebForm) -> None:  # noqa: F811
    address = f"leads/{lead_of(cast.alice).pk}/tracked-links/"
    assert told(call("bob").post(address, PAGE))[0] == told(call("bob").get(address))[0] == 404
    assert told(call("alice", "read").post(address, PAGE)) == (403, "insufficient_scope")
    assert call("alice", "read").get(address).json() == {"links": []}
    assert call("mona").post(address, PAGE).status_code == 200
