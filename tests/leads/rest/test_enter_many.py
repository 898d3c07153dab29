"""`POST /leads/bulk/`: up to 1,000 rows, each `created`, `merged`, `skipped` or `rejected`, and why."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead
from salesflow.journal.models import Event
from tests.leads.rest.conftest import Call, facts, lead_of


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_each_row_is_answered_in_its_place(call: Call) -> None:
    good = facts()
    rows = [good, {"email": "nobody@x.example"}, {**facts(), "email": good["email"]}, facts()]
    answers = results(call("alice").post("leads/bulk/", {"rows": rows, "assignment": "me"}))
    assert [each["result"] for each in answers] == ["created", "rejected", "skipped", "created"]
    ids = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
    assert [each["id"] for each in answers] == [ids[0], None, None, ids[1]]
    assert answers[1]["errors"] == [
        {"field": "company_name", "code": "required", "message": "A company or a contact name is needed."}
    ]
    assert (answers[2]["reason"], answers[0]["errors"]) == ("same_file", [])


def test_a_bare_list_will_do(call: Call) -> None:
    assert [each["result"] for each in results(call("alice").post("leads/bulk/", [facts()]))] == ["created"]


def test_a_duplicate_is_skipped_merged_or_created_as_asked(call: Call, cast: SimpleNamespace) -> None:
    known = call("alice").post("leads/", facts(assignment="me")).json()
    row = {"contact_name": "Somebody", "email": known["email"], "city": "Hangzhou"}

    def ask(**body: Any) -> dict[str, Any]:
        return results(call("alice").post("leads/bulk/", {"rows": [row], **body}))[0]

    skipped = ask()
    assert (skipped["result"], skipped["duplicate_of"], skipped["reason"]) == (
        "skipped",
        known["id"],
        "email",
    )
    merged = ask(on_duplicate="merge")
    assert (merged["result"], merged["id"]) == ("merged", known["id"])
    after = call("alice").get(f"leads/{known['id']}/").json()
    assert (after["city"], after["contact_name"]) == ("Hangzhou", known["contact_name"])
    assert ask(on_duplicate="create")["result"] == "created"


def test_what_one_may_not_see_is_neither_shown_nor_filled(call: Call, cast: SimpleNamespace) -> None:
    known = call("alice").post("leads/", facts(assignment="me")).json()
    row = {"contact_name": "Somebody", "email": known["email"], "city": "Hangzhou"}
    for on_duplicate in ("skip", "merge"):
        body = {"rows": [row], "on_duplicate": on_duplicate}
        answer = results(call("charlie").post("leads/bulk/", body))[0]
        assert (answer["result"], answer["id"], answer["duplicate_of"]) == ("skipped", None, None)
    assert Lead.objects.get().city == ""


HOSTILE: list[Any] = [
    "text", None, 5, [], True, {"company_name": []}, {"company_name": {"a": 1}}, {"company_name": True},
    facts(source=True), facts(source="1"), facts(source=[1]), facts(source=2**70), facts(referrer_type=[1]),
    facts(referrer_type="contacts.customer", referrer_id="x"), facts(referrer_id=2**70), facts(utm=[]),
    facts(utm={"a": {"b": 1}}), facts(tags=5), facts(tags=[{}]), facts(need_fit={}), facts(need_fit="1e400"),
    facts(budget=[]), facts(budget="1e999999999"), facts(budget="NaN"), facts(behaviour="x"),
    facts(behaviour={"visits": "Infinity"}), facts(custom={"a": {"b": 1}}), facts(custom=[]), facts(need="x" * 5001),
    facts(company_name="x" * 201), facts(outcome=7), facts(decision_timeframe_days=10**30), facts(owner=1),
    facts(status="converted"), facts(email=5), facts(phone=[1]), facts(website="http://["),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_a_row_that_cannot_be_read_is_rejected_and_the_others_go_on(call: Call, place: int) -> None:
    answers = results(call("alice").post("leads/bulk/", {"rows": [HOSTILE[place], facts()]}))
    assert [each["result"] for each in answers] == ["rejected", "created"]
    assert answers[0]["errors"] and answers[0]["reason"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"rows": []}, {"rows": "x"}, {"rows": None}, {"rows": {"0": {}}}, {"rows": [{}] * 1001}, [], [{}] * 1001,
        {"rows": [{}], "on_duplicate": "explode"}, {"rows": [{}], "assignment": "moon"}, {"rows": [{}], "moon": 1},
    ],
)  # fmt: skip
def test_what_is_no_batch_is_a_400_as_a_whole(call: Call, body: Any) -> None:
    assert call("alice").post("leads/bulk/", body).status_code == 400
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("auditor", 403), ("finance", 403), ("mona", 200), ("admin", 200)]
)
def test_who_may_enter_many(call: Call, cast: SimpleNamespace, who: str, status: int) -> None:
    lead_of(cast.alice)
    before = Lead.objects.count(), Event.objects.count()
    assert call(who).post("leads/bulk/", {"rows": [facts()], "assignment": "pool"}).status_code == status
    assert (Lead.objects.count(), Event.objects.count()) != before or status == 403


def test_a_thousand_rows_cost_no_more_statements_than_ten(
    call: Call, django_assert_max_num_queries: Any
) -> None:
    alice = call("alice")
    alice.post("leads/bulk/", {"rows": [facts()]})
    with django_assert_max_num_queries(48):
        answers = results(alice.post("leads/bulk/", {"rows": [facts() for _each in range(1000)]}))
    assert {each["result"] for each in answers} == {"created"}
