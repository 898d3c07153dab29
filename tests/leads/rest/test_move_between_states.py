"""Which moves a lead makes out of which state; every other one is `invalid_transition`."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead
from tests.leads.rest.conftest import Call, fresh, lead_of, said, told

STATES = ("new", "assigned", "contacted", "qualified", "disqualified", "converted")
REASON = {"reason": "no_need"}


def lead_that_is(status: str, call: Call, cast: SimpleNamespace) -> Lead:
    """A lead of Alice's (the new one waits in the pool), brought there over REST."""
    lead = lead_of(cast.alice)
    ways = {
        "new": [("return", {"reason": "no_time"})],
        "assigned": [],
        "contacted": [("log-contact", said())],
        "qualified": [("log-contact", said()), ("qualify", {})],
        "disqualified": [("disqualify", REASON)],
        "converted": [("convert", {})],
    }
    for verb, body in ways[status]:
        assert call("alice").post(f"leads/{lead.pk}/{verb}/", body).status_code in (200, 201)
    assert fresh(lead).status == status
    return lead


#: verb -> the states it starts from, and the state after it; an administrator asks, who may do everything
MOVES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "qualify": ({}, {"contacted": "qualified"}),
    "disqualify": (REASON, dict.fromkeys(("new", "assigned", "contacted", "qualified"), "disqualified")),
    "reopen": ({}, {"disqualified": "new"}),
    "convert": ({}, dict.fromkeys(("new", "assigned", "contacted", "qualified"), "converted")),
    "return": ({"reason": "no_time"}, dict.fromkeys(("assigned", "contacted", "qualified"), "new")),
    "log-contact": ({}, {"assigned": "contacted", "contacted": "contacted", "qualified": "qualified"}),
    "assign": ({}, dict.fromkeys(("new", "assigned", "contacted", "qualified"), "assigned")),
    "auto-assign": ({}, {"new": "assigned"}),
}


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("verb", MOVES)
def test_each_move_starts_where_it_may(call: Call, cast: SimpleNamespace, verb: str, status: str) -> None:
    lead, (body, moves) = lead_that_is(status, call, cast), MOVES[verb]
    body = {"log-contact": said(), "assign": {"owner": cast.bob.pk}}.get(verb, body)
    before = Lead.objects.values().get(pk=lead.pk)
    answer = call("admin").post(f"leads/{lead.pk}/{verb}/", body)
    if status in moves:
        assert answer.status_code in (200, 201), answer.content
        assert answer.json()["status"] == moves[status]
        return
    code = "already_converted" if (verb, status) == ("convert", "converted") else "invalid_transition"
    assert told(answer) == (409, code)
    assert Lead.objects.values().get(pk=lead.pk) == before


@pytest.mark.parametrize("status", ["disqualified", "converted"])
def test_an_ended_lead_keeps_its_owner_and_is_in_no_pool(
    call: Call, cast: SimpleNamespace, status: str
) -> None:
    shown = call("alice").get(f"leads/{lead_that_is(status, call, cast).pk}/").json()
    assert (shown["owner"], shown["in_pool"], shown["pool"]) == (cast.alice.pk, False, None)


def test_a_disqualified_lead_out_of_the_pool_has_no_owner_and_is_in_no_pool(
    call: Call, cast: SimpleNamespace
) -> None:
    lead = lead_that_is("new", call, cast)
    out = call("mona").post(f"leads/{lead.pk}/disqualify/", REASON).json()
    assert (out["status"], out["owner"], out["in_pool"], out["pool"]) == ("disqualified", None, False, None)


def test_reopened_it_waits_for_assignment_in_the_default_pool(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_that_is("disqualified", call, cast)
    again = call("alice").post(f"leads/{lead.pk}/reopen/").json()
    assert (again["status"], again["owner"], again["pool"], again["returned_count"]) == (
        "new", None, cast.pool.pk, 0,
    )  # fmt: skip
    assert (again["disqualify_reason"], again["disqualified_at"]) == (None, None)


@pytest.mark.parametrize("reason", [None, "", "moon", 0, "no_time", [], True])
def test_a_reason_of_the_list_is_needed(call: Call, cast: SimpleNamespace, reason: Any) -> None:
    lead = lead_of(cast.alice)
    answer = call("alice").post(f"leads/{lead.pk}/disqualify/", {"reason": reason})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "reason")
    assert fresh(lead).status == "assigned"
