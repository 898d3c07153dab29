"""The filter language over leads: the same for REST, count and page; bounded, and no way around what is hidden."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.matching import filter_check, filter_of
from leads.models import Lead
from leads.services.defaults import leads_ensure_defaults
from salesflow.lib import fields
from salesflow.lib.errors import ValidationError
from salesflow.lib.web.ports import workspace
from salesflow.people.services import config_changed
from salesflow.work.models import CustomField
from tests.api.conftest import call, cast, codes
from tests.leads import cast as scene
from tests.support.pages import browse, told

__all__ = ["browse", "call", "cast"]
pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def some_leads(cast: SimpleNamespace) -> SimpleNamespace:
    leads_ensure_defaults()
    for key, kind in (("size", "number"), ("opted", "boolean"), ("since", "date"), ("note", "text")):
        CustomField.objects.create(resource="leads", key=key, label=key.title(), kind=kind)
    config_changed()
    made = {
        "hot": scene.lead_of(cast.alice, contact_name="hot", grade="A", score=90, city="上海", tags=["expo"],
                             custom={"size": 250, "opted": True, "since": "2026-05-01", "note": "Großkunde"}),
        "warm": scene.lead_of(cast.bob, contact_name="warm", grade="B", score=50, city="杭州", tags=["vip"],
                              custom={"size": 20, "opted": False}),
        "cold": scene.lead_of(cast.charlie, contact_name="cold", grade="C", score=10),
        "free": scene.lead_in_pool(contact_name="free", grade="A", score=70, industry="medical"),
    }  # fmt: skip
    Lead.objects.filter(pk=made["cold"].pk).update(created_at=Now() - timedelta(days=10))
    Lead.objects.filter(pk=made["hot"].pk).update(next_follow_up_at=Now() - timedelta(days=2))
    Lead.objects.filter(pk=made["warm"].pk).update(next_follow_up_at=Now() + timedelta(hours=40))
    return SimpleNamespace(**made)


def names(rest: Any, text: str) -> str:
    """The names of the leads a filter finds, sorted; the count agrees."""
    answer = rest.get("leads/", {"filter": text})
    assert answer.status_code == 200, answer.content
    found = sorted(row["contact_name"] for row in answer.json()["results"])
    assert rest.get("leads/count/", {"filter": text}).json() == {"count": len(found)}
    return " ".join(found)


@pytest.mark.parametrize(
    "text,found",
    [
        ("grade = A", "free hot"),
        ("grade in (A, B) and score < 80", "free warm"),
        ("grade = A or city = 杭州", "free hot warm"),
        ("not (grade = A or grade = B)", "cold"),
        ("grade != A", "cold warm"),
        ("grade not in (A, C)", "warm"),
        ("score >= 50 and score <= 70", "free warm"),
        ("score = (10, 90)", "cold hot"),
        ("city is empty", "cold free"),
        ("city is not empty", "hot warm"),
        ("city ~ 上", "hot"),
        ("city !~ 上", "cold free warm"),
        ("company_name ~ ARBOR and grade = C", "cold"),
        ("owner is empty", "free"),
        ("owner is not empty and grade = A", "hot"),
        ("tags = expo", "hot"),
        ("tags != expo", "cold free warm"),
        ("tags is empty", "cold free"),
        ("in_pool = true", "free"),
        ("in_pool != true", "cold hot warm"),
        ("industry = medical or industry is empty and grade = C", "cold free"),
        ("created_at = today", "free hot warm"),
        ("created_at < today", "cold"),
        ("created_at = last_7_days", "free hot warm"),
        ("created_at >= last_30_days", "cold free hot warm"),
        ("created_at > last_7_days", ""),
        ("created_at <= yesterday", "cold"),
        ("created_at < 2020-01-01", ""),
        ("next_follow_up_at = overdue", "hot"),
        ("next_follow_up_at = next_3_days", "warm"),
        ("next_follow_up_at = last_72_hours", "hot"),
        ("next_follow_up_at is empty", "cold free"),
        ("next_follow_up_at != overdue", "cold free warm"),
        ("custom.size > 100", "hot"),
        ("custom.size != 250", "cold free warm"),
        ("custom.size <= 250", "hot warm"),
        ("custom.opted = true", "hot"),
        ("custom.opted = false", "warm"),
        ("custom.since < 2026-06-01", "hot"),
        ("custom.since is empty", "cold free warm"),
        ("custom.note ~ kund", "hot"),
        ("custom.note !~ kund", "cold free warm"),
        ("due = open and grade = B", "warm"),
        ("reached = assigned", "cold hot warm"),
        ("source is empty", "cold free hot warm"),
        ("not owner is empty and not tags = vip", "cold hot"),
    ],
)
def test_a_filter_finds_what_it_says(call: Call, text: str, found: str) -> None:
    assert names(call("admin"), text) == found


def test_me_and_my_team_are_those_of_who_asks(call: Call) -> None:
    assert names(call("alice"), "owner = me") == "hot"
    assert names(call("mona"), "owner = me") == ""
    assert names(call("mona"), "owner = my_team") == "hot warm"
    assert names(call("admin"), "owner in (my_team, none)") == "free"
    assert call("mona").get("leads/count/?owner=my_team").json() == {"count": 2}


def test_everybody_sees_his_share_whatever_the_filter_says(call: Call) -> None:
    assert names(call("alice"), "grade = C or not grade = C") == "hot"
    assert names(call("max"), "score >= 0 or owner is empty") == "cold"


@pytest.mark.parametrize(
    "text,code",
    [
        ("nonsense = 1", "unknown_filter"),
        ("password = 1", "unknown_filter"),
        ("owner__password ~ a", "unknown_filter"),
        ("custom.unknown = 1", "unknown_filter"),
        ("by_people = me", "unknown_filter"),
        ("grade = X", "invalid"),
        ("grade > A", "invalid"),
        ("score = many", "invalid"),
        ("score = NaN", "invalid"),
        ("score = 1e30", "invalid"),
        ("owner = boss", "invalid"),
        ("in_pool = perhaps", "invalid"),
        ("in_pool in (true, false)", "invalid"),
        ("grade is empty and due is empty", "invalid"),
        ("created_at = someday", "invalid"),
        ("created_at < overdue", "invalid"),
        ("created_at is empty", "invalid"),
        ("custom.size = big", "invalid"),
        ("custom.opted = 2", "invalid"),
        ("grade = A and", "invalid"),
        ("(" * 30 + "grade = A" + ")" * 30, "too_deep"),
        ("grade = A or " * 200 + "grade = B", "max_length"),
        (f"score in ({', '.join('1' for _each in range(201))})", "invalid"),
    ],
)
def test_what_the_list_does_not_know_is_a_400(call: Call, text: str, code: str) -> None:
    for address in ("leads/", "leads/count/"):
        answer = call("admin").get(address, {"filter": text})
        assert (answer.status_code, codes(answer)) == (400, [("filter", code)])


def test_a_hidden_field_is_no_word(
    call: Call, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = call("alice")
    assert names(rest, "score > 80 and custom.size > 1") == "hot"
    monkeypatch.setitem(
        fields._rules, "leads", [(frozenset({"score", "custom"}), lambda user: user == cast.mona)]
    )
    for text in ("score > 80", "not (score_min = 80)", "custom.size > 1"):
        assert codes(rest.get("leads/", {"filter": text})) == [("filter", "unknown_filter")]
    assert names(call("mona"), "score > 80") == "hot"


def test_it_joins_with_the_plain_filters_search_and_cursor(call: Call) -> None:
    rest = call("admin")
    asked = {"grade": "A", "search": "arbor", "filter": "score < 80"}
    assert [row["contact_name"] for row in rest.get("leads/", asked).json()["results"]] == ["free"]
    page = rest.get("leads/?grade=A&page_size=1&ordering=-score&filter=score+%3E+60").json()
    assert [row["contact_name"] for row in page["results"]] == ["hot"]
    page = rest.get(page["next"].replace("http://testserver", "")).json()
    assert [row["contact_name"] for row in page["results"]] == ["free"] and page["next"] is None


def test_one_statement_more_or_less_whatever_the_filter(call: Call) -> None:
    rest = call("admin")

    def statements(text: str) -> int:
        rest.get("leads/", {"filter": text})
        with CaptureQueriesContext(connection) as asked:
            rest.get("leads/", {"filter": text})
        return len(asked)

    large = " or ".join(f"(grade = A and city = c{n} and custom.size > {n})" for n in range(12))
    assert statements("grade = A") == statements(large)


# the page


def test_the_page_shows_conditions_as_chips_that_can_be_taken_away(browse: Browse) -> None:
    page = browse("mona").get("/leads/", {"filter": "grade = A and (city = 上海 or owner is empty)"})
    html = page.content.decode()
    assert "hot" in html and "warm" not in html
    assert "Remove: Grade is A" in html and "Remove: Owner is empty" in html
    assert 'href="?filter=grade+%3D+A+and+owner+is+empty"' in html
    assert 'href="?filter=city+%3D+%E4%B8%8A%E6%B5%B7+or+owner+is+empty"' in html


def test_a_filter_that_cannot_be_read_is_told_and_left_out(browse: Browse) -> None:
    answer = browse("mona").get("/leads/", {"filter": "grade = X"})
    assert answer.status_code == 200 and "filter: grade" in told(answer)


def test_conditions_are_added_by_plain_forms(browse: Browse) -> None:
    client = browse("mona")
    html = client.get("/leads/?grade=A&add_word=score").content.decode()
    assert '<option value="&gt;=">at least</option>' in html and 'name="add_value"' in html

    def added(**typed: Any) -> str:
        answer = client.get("/leads/", {"grade": "A", **typed})
        assert answer.status_code == 302
        query = parse_qs(urlsplit(answer["Location"]).query)
        assert query["grade"] == ["A"] and set(query) == {"grade", "filter"}
        return query["filter"][0]

    assert added(add_word="score", add_operator=">=", add_value="40") == "score >= 40"
    several = {"add_word": "status", "add_operator": "=", "add_value": ["new", "assigned"]}
    both = added(filter="score >= 40", **several)
    assert both == "score >= 40 and status in (new, assigned)"
    either = added(filter=both, add_word="owner", add_operator="empty", add_joint="or")
    assert either == "score >= 40 and (status in (new, assigned) or owner is empty)"
    assert added(add_word="city", add_operator="~", add_value='a "b" or') == 'city ~ "a \\"b\\" or"'


@pytest.mark.parametrize("word", ["nothing", "a b", 'x"', "grade)"])
def test_a_made_up_word_of_the_form_leads_nowhere(browse: Browse, word: str) -> None:
    answer = browse("mona").get("/leads/", {"add_word": word, "add_value": "1"}, follow=True)
    assert answer.status_code == 200


def test_every_list_of_pages_has_the_builder(browse: Browse) -> None:
    for address in (
        "/leads/",
        "/pool/",
        "/customers/",
        "/contacts/",
        "/opportunities/",
        "/tasks/?state=open",
    ):
        assert 'name="add_word"' in browse("mona").get(address).content.decode(), address


def test_the_filter_is_kept_by_views_and_by_the_other_filters(browse: Browse) -> None:
    client = browse("mona")
    query = "filter=grade+%3D+A"
    client.post("/saved-views/save/", {"resource": "leads", "name": "As", "query": query, "next": "/leads/"})
    html = client.get(f"/leads/?{query}").content.decode()
    assert 'aria-current="page">As<' in html.replace("\n", "")
    assert '<input type="hidden" name="filter" value="grade = A">' in html


# assignment rules speak it too


@pytest.mark.parametrize(
    "text,holds",
    [
        ("grade = A and (city = 寧波 or score >= 90)", True),
        ("grade = B or not industry = medical", False),
        ("industry ~ MEDIC", True),
        ("city is empty or custom.size is empty", False),
        ("custom.size = 250 and tags = VIP", True),
        ("score > 50 or score < 50", False),
        ("score in (1, 50)", True),
        ("channel = online and source not in (8, 9)", True),
        ("region !~ 浙", False),
        ("custom.size > 100 and custom.size <= 250.0", True),
        ("custom.worth >= 20 and custom.worth < 21", True),
        ("custom.uses = Chat and custom.uses != Fax", True),
        ("custom.uses ~ aud", True),
        ("custom.since >= 2026-05-01 and custom.since < 2026-06-01", True),
        (
            "custom.since > 2026-05-01 or custom.none > 1 or custom.uses > 1 or custom.size > 2026-01-01",
            False,
        ),
    ],
)
def test_a_rule_joins_its_words_by_the_same_language(text: str, holds: bool) -> None:
    lead = Lead(
        grade="A", source_id=7, industry="medical", region="浙江省", city="宁波市", score=50, tags=["vip"],
        custom={
            "size": 250, "worth": {"amount": "20.50", "currency": "EUR"}, "uses": ["Audit", "Chat"],
            "since": "2026-05-01",
        },
    )  # fmt: skip
    filter_check({"filter": text})
    assert filter_of({"filter": text}, {7: "online"})(lead) is holds
    assert filter_of({"filter": text, "grade": "B"}, {7: "online"})(lead) is False


@pytest.mark.parametrize(
    "value",
    [
        "owner = me",
        "grade = X",
        "city > a",
        "grade is empty",
        "grade =",
        7,
        ["city = A"],
        "created_at = today",
        "custom.size > many",
    ],
)
def test_a_rule_refuses_what_it_cannot_ask_of_a_lead_not_stored(value: Any) -> None:
    with pytest.raises(ValidationError):
        filter_check({"filter": value})


def test_the_day_of_a_relative_time_is_that_of_the_workspace(call: Call, some_leads: SimpleNamespace) -> None:
    zone = workspace().time_zone
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_lead SET created_at = (date_trunc('day', now() AT TIME ZONE %s)) AT TIME ZONE %s"
            " WHERE id = %s",
            [zone, zone, some_leads.cold.pk],
        )
    assert "cold" in names(call("admin"), "created_at = today")
    Lead.objects.filter(pk=some_leads.cold.pk).update(created_at=F("created_at") - timedelta(seconds=1))
    assert "cold" not in names(call("admin"), "created_at = today")
