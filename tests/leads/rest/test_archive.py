"""DELETE archives a lead and `restore` brings it back; in between it is only read."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead
from tests.leads.rest.conftest import Call, clock_of, lead_of, said, told


@pytest.fixture
def archived(call: Call, cast: SimpleNamespace) -> Lead:
    lead = lead_of(cast.alice)
    answer = call("alice").delete(f"leads/{lead.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    return lead


def test_it_is_read_where_archived_ones_are_asked_for(call: Call, archived: Lead) -> None:
    path = f"leads/{archived.pk}/"
    assert call("alice").get(path).status_code == 404
    assert call("alice").get("leads/count/").json() == {"count": 0}
    assert call("alice").get("leads/count/?archived=true").json() == {"count": 1}
    assert call("alice").get(f"{path}?archived=true").json()["archived_at"] is not None
    assert call("alice").get(f"{path}timeline/?archived=true").status_code == 200
    assert clock_of(archived).state == "cancelled"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("", {"city": "Hangzhou"}), ("log-contact/", None), ("qualify/", {}), ("disqualify/", {"reason": "no_need"}),
        ("verify/", {"item": "need", "result": "confirmed"}), ("rescore/", {}), ("convert/", {}),
        ("return/", {"reason": "no_time"}), ("assign/", {"owner": 1}), ("claim/", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("query", ["", "?archived=true"])
def test_nothing_else_is_done_to_it(
    call: Call, archived: Lead, verb: str, body: dict[str, Any] | None, query: str
) -> None:
    before = Lead.objects.values().get(pk=archived.pk)
    send = call("admin").post if verb else call("admin").patch
    answer = send(f"leads/{archived.pk}/{verb}{query}", said() if body is None else body)
    assert told(answer) == (404, "not_found")
    assert Lead.objects.values().get(pk=archived.pk) == before


def test_restored_it_is_as_it_was_with_a_new_clock(call: Call, cast: SimpleNamespace, archived: Lead) -> None:
    back = call("alice").post(f"leads/{archived.pk}/restore/")
    assert (back.status_code, back.json()["owner"], back.json()["archived_at"]) == (200, cast.alice.pk, None)
    assert clock_of(archived).state == "running"
    assert told(call("alice").post(f"leads/{archived.pk}/restore/")) == (409, "not_archived")
    assert call("alice").get(f"leads/{archived.pk}/").status_code == 200


@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("bob", 404), ("mona", 200), ("finance", 404)])
def test_who_brings_it_back(call: Call, archived: Lead, who: str, status: int) -> None:
    assert call(who).post(f"leads/{archived.pk}/restore/").status_code == status


def test_deleting_twice_finds_nothing_the_second_time(call: Call, archived: Lead) -> None:
    assert told(call("alice").delete(f"leads/{archived.pk}/")) == (404, "not_found")
