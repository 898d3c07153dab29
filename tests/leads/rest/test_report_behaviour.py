"""`/lead-events/`: one event or a list, each taken once; and what of it may be read by whom."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from leads.models import LeadEvent
from tests.leads.rest.conftest import Call, lead_in_pool, lead_of


def event(**values: Any) -> dict[str, Any]:
    return {"kind": "page_view", "occurred_at": timezone.now().isoformat(), **values}


def results(answer: Any) -> list[str]:
    assert answer.status_code == 202, answer.content
    return [each["result"] for each in answer.json()["results"]]


def test_one_event_or_a_list_is_taken(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    assert results(call("admin").post("lead-events/", event(lead=lead.pk))) == ["accepted"]
    assert results(call("admin").post("lead-events/", [event(lead=lead.pk), event(visitor="v1")])) == [
        "accepted", "accepted",
    ]  # fmt: skip
    assert results(call("admin").post("lead-events/", [])) == []
    assert LeadEvent.objects.count() == 3


def test_an_event_id_is_taken_once(call: Call, cast: SimpleNamespace) -> None:
    same = event(visitor="v1", event_id="e-1")
    assert results(call("admin").post("lead-events/", [same, same])) == ["accepted", "duplicate"]
    assert results(call("admin").post("lead-events/", same)) == ["duplicate"]
    assert LeadEvent.objects.count() == 1


def test_a_list_of_more_than_a_thousand_is_refused_as_a_whole(call: Call) -> None:
    assert call("admin").post("lead-events/", [event(visitor="v")] * 1001).status_code == 400
    assert len(results(call("admin").post("lead-events/", [event(visitor="v")] * 1000))) == 1000


@pytest.mark.parametrize(
    "wrong",
    [
        "text", 5, None, True, [[]], {}, {"kind": "moon"}, event(), event(lead=0), event(lead=-1), event(lead=2**70),
        event(lead=True), event(visitor="v", occurred_at="2026-01-01T00:00:00"), event(visitor="v", occurred_at=5),
        event(visitor="v", occurred_at="2100-01-01T00:00:00Z"), event(visitor="v", url="javascript:alert(1)"),
        event(visitor="v", dwell_seconds=-1), event(visitor="v", dwell_seconds=10**30), event(visitor="v" * 121),
        event(visitor="v", event_id=5), event(email="nonsense"), event(visitor="v", moon=1), {**event(), "kind": []},
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_alone_and_rejected_in_a_list(call: Call, wrong: Any) -> None:
    if not isinstance(wrong, list):
        assert call("admin").post("lead-events/", wrong if wrong is not None else b"null").status_code == 400
    assert results(call("admin").post("lead-events/", [wrong, event(visitor="v")])) == [
        "rejected",
        "accepted",
    ]
    assert LeadEvent.objects.count() == 1


@pytest.mark.parametrize("who", ["alice", "mona", "auditor", "finance"])
def test_only_integrations_and_administrators_report(call: Call, who: str) -> None:
    assert call(who).post("lead-events/", event(visitor="v")).status_code == 403
    assert not LeadEvent.objects.exists()


def test_what_was_done_is_read_with_the_lead(call: Call, cast: SimpleNamespace) -> None:
    lead, pooled = lead_of(cast.alice, email="a@b.example", email_key="a@b.example"), lead_in_pool()
    call("admin").post(
        "lead-events/",
        [event(lead=lead.pk, event_id="e-1", url="/prices", dwell_seconds=30), event(visitor="stranger"),
         event(lead=pooled.pk, kind="reply"), event(email="A@B.example", kind="email_open")],
    )  # fmt: skip

    def seen(who: str, query: str = "") -> list[int | None]:
        answer = call(who).get(f"lead-events/?ordering=id&{query}")
        assert call(who).get(f"lead-events/count/?{query}").json()["count"] == len(answer.json()["results"])
        return [each["lead"] for each in answer.json()["results"]]

    assert seen("alice") == [lead.pk, pooled.pk, lead.pk]
    assert seen("charlie") == [pooled.pk]
    assert seen("admin") == seen("auditor") == [lead.pk, None, pooled.pk, lead.pk]
    assert seen("finance") == []
    assert seen("alice", f"lead={lead.pk}&kind=page_view") == [lead.pk]
    assert seen("alice", "email=a@B.example") == [lead.pk]
    assert seen("admin", "visitor=stranger") == [None]
    first = call("alice").get("lead-events/?event_id=e-1").json()["results"][0]
    assert (first["url"], first["dwell_seconds"], first["kind"]) == ("/prices", 30, "page_view")
    assert call("charlie").get(f"lead-events/{first['id']}/").status_code == 404
    assert call("alice").get(f"lead-events/{first['id']}/").json() == first
