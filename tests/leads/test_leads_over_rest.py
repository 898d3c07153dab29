"""Leads over REST: every deed, its answer and its refusals, as integrations rely on them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from leads.models import Lead, LeadImport
from leads.services import import_run
from salesflow.people.models import User
from tests.api.conftest import Caller, caller_of
from tests.leads import cast

FACTS = {"company_name": "Zeta Medical Ltd", "contact_name": "Zoe Zed", "email": "zoe@zeta.example"}


@pytest.fixture
def people(db: None) -> dict[str, User]:
    boss = cast.person("mia", "manager")
    ours = cast.team("ours", manager=boss)
    made = {
        "ann": cast.person("ann", team=ours),
        "bob": cast.person("bob", team=ours),
        "eve": cast.person("eve", team=cast.team("theirs")),
        "mia": boss,
        "ada": cast.person("ada", "admin"),
        "aud": cast.person("aud", "auditor"),
        "fin": cast.person("fin", "finance"),
    }
    cast.default_pool(members=[made["ann"], made["bob"], made["eve"]], managers=[boss])
    cast.rule()
    return made


@pytest.fixture
def call(people: dict[str, User]) -> Callable[[str], Caller]:
    callers: dict[str, Caller] = {}

    def speak(name: str) -> Caller:
        if name not in callers:
            callers[name] = caller_of(people[name])
        return callers[name]

    return speak


def new(caller: Caller, **values: Any) -> dict[str, Any]:
    answer = caller.post("leads/", {**FACTS, "assignment": "me", **values})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def soon(**ahead: int) -> str:
    return (timezone.now() + timedelta(**(ahead or {"days": 1}))).isoformat()


def said(**values: Any) -> dict[str, Any]:
    return {
        "channel": "call", "direction": "outbound", "outcome": "no_answer", "summary": "Rang, nobody there.",
        "next_follow_up_at": soon(), **values,
    }  # fmt: skip


def test_a_new_lead_answers_with_everything_that_is_known(
    call: Callable[[str], Caller], people: dict[str, User]
):
    lead = new(call("ann"), budget="350000.5", phone="138 0013 8000")
    assert (lead["status"], lead["owner"], lead["phone"]) == ("assigned", people["ann"].pk, "+8613800138000")
    assert (lead["budget"], lead["currency"], lead["version"]) == ("350000.50", "CNY", 1)
    explained = lead["score_explanation"]
    parts = [*explained["components"], *explained["adjustments"]]
    assert lead["score"] == sum(part["points"] for part in parts)
    again = call("ann").get(f"leads/{lead['id']}/")
    assert again.json()["score"] == lead["score"] and again.headers["ETag"] == '"1"'


def test_bad_input_names_the_field_and_keeps_nothing(call: Callable[[str], Caller]):
    answer = call("ann").post("leads/", {"phone": "12", "need_fit": 101})
    assert answer.status_code == 400 and answer.headers["Content-Type"] == "application/problem+json"
    wrong = {error["field"]: error["code"] for error in answer.json()["errors"]}
    assert wrong == {"company_name": "required", "phone": "invalid", "need_fit": "out_of_range"}
    assert call("ann").post("leads/", {**FACTS, "nonsense": 1}).status_code == 400
    assert not Lead.objects.exists()


def test_a_duplicate_is_refused_with_its_matches_and_passes_when_allowed(call: Callable[[str], Caller]):
    first = new(call("ann"))
    answer = call("ann").post("leads/", FACTS)
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate")
    assert [(match["id"], match["visible"]) for match in answer.json()["matches"]] == [(first["id"], True)]
    hidden = call("eve").post("leads/", FACTS).json()["matches"]
    assert [(match["id"], match["visible"]) for match in hidden] == [(None, False)]
    assert call("ann").post("leads/", {**FACTS, "allow_duplicate": True}).status_code == 201


def test_who_may_not_see_gets_404_who_may_not_do_gets_403(call: Callable[[str], Caller]):
    lead = new(call("ann"))
    address = f"leads/{lead['id']}/"
    assert [call(name).get(address).status_code for name in ("ann", "bob", "mia", "eve", "ada", "aud", "fin")] == [
        200, 404, 200, 404, 200, 200, 404,
    ]  # fmt: skip
    before = Lead.objects.values().get(pk=lead["id"])
    assert call("bob").patch(address, {"city": "X"}).status_code == 404
    assert call("aud").patch(address, {"city": "X"}).status_code == 403
    assert call("ann").post(f"{address}assign/", {"owner": before["owner_id"]}).status_code == 403
    assert Lead.objects.values().get(pk=lead["id"]) == before


def test_an_edit_counts_up_and_is_guarded_by_the_version(call: Callable[[str], Caller]):
    lead = new(call("ann"))
    address = f"leads/{lead['id']}/"
    edited = call("ann").patch(address, {"city": "Hangzhou"}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["version"], edited.json()["city"]) == (200, 2, "Hangzhou")
    stale = call("ann").patch(address, {"city": "Suzhou"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert call("ann").patch(address, {"email": "nonsense"}).status_code == 400


def test_the_whole_way_of_a_lead(call: Callable[[str], Caller]):
    lead = new(call("ann"))
    address = f"leads/{lead['id']}/"
    assert call("ann").post(f"{address}qualify/").json()["code"] == "invalid_transition"
    contacted = call("ann").post(f"{address}log-contact/", said()).json()
    assert (
        contacted["status"] == "contacted"
        and contacted["first_contacted_at"]
        and contacted["next_follow_up_at"]
    )
    assert call("ann").post(f"{address}qualify/").json()["status"] == "qualified"
    assert call("ann").post(f"{address}disqualify/", {"reason": "nope"}).status_code == 400
    assert call("ann").post(f"{address}disqualify/", {"reason": "no_need"}).json()["status"] == "disqualified"
    reopened = call("ann").post(f"{address}reopen/").json()
    assert (reopened["status"], reopened["owner"], reopened["in_pool"]) == ("new", None, True)
    assert call("ann").post(f"{address}reopen/").status_code == 403
    assert call("mia").post(f"{address}reopen/").json()["code"] == "invalid_transition"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"summary": " "}, "summary"),
        ({"next_follow_up_at": "2020-01-01T00:00:00Z"}, "next_follow_up_at"),
        ({"next_follow_up_at": None}, "next_follow_up_at"),
        ({"channel": "pigeon"}, "channel"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
    ],
)
def test_a_contact_needs_a_summary_and_a_future_follow_up(
    call: Callable[[str], Caller], wrong: dict[str, Any], field: str
):
    lead = new(call("ann"))
    answer = call("ann").post(f"leads/{lead['id']}/log-contact/", said(**wrong))
    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert Lead.objects.get(pk=lead["id"]).first_contacted_at is None


def test_return_and_claim(call: Callable[[str], Caller], people: dict[str, User]):
    lead = new(call("ann"))
    address = f"leads/{lead['id']}/"
    assert call("ann").post(f"{address}return/").status_code == 400
    returned = call("ann").post(f"{address}return/", {"reason": "Not mine"}).json()
    assert (returned["status"], returned["in_pool"], returned["returned_count"]) == ("new", True, 1)
    assert call("mia").post(f"{address}claim/").status_code == 403
    assert call("eve").post(f"{address}claim/").json()["owner"] == people["eve"].pk
    lost = call("bob").post(f"{address}claim/")
    assert (lost.status_code, lost.json()["code"]) == (409, "already_claimed")
    history = call("eve").get(f"{address}assignment-history/").json()["ownerships"]
    assert [own["owner"] for own in history] == [people["eve"].pk, people["ann"].pk]
    kinds = [entry["kind"] for entry in call("eve").get(f"{address}timeline/").json()["results"]]
    assert kinds[0] == "leads.claimed" and kinds[-1] == "leads.created"


def test_a_list_is_filtered_counted_and_paged(call: Callable[[str], Caller]):
    for number in range(5):
        names = {"contact_name": f"Person Nr{number}", "company_name": f"Firm {number} Ltd"}
        new(call("ann"), email=f"p{number}@zeta.example", **names)
    page = call("ann").get("leads/?page_size=2&ordering=-created_at").json()
    seen = [lead["id"] for lead in page["results"]]
    while page["next"]:
        page = call("ann").get(page["next"]).json()
        seen += [lead["id"] for lead in page["results"]]
    assert seen == sorted(seen, reverse=True) and len(seen) == 5
    assert call("ann").get("leads/count/?status=assigned").json() == {"count": 5}
    assert call("ann").get("leads/?search=Nr3").json()["results"][0]["contact_name"] == "Person Nr3"
    assert call("ann").get("leads/?grade=Z").status_code == 400
    assert call("ann").get("leads/?flavour=sweet").status_code == 400
    assert call("ann").get("leads/?ordering=email").status_code == 400
    assert call("eve").get("leads/").json()["results"] == []


def test_delete_archives_and_restore_brings_back(call: Callable[[str], Caller]):
    lead = new(call("ann"))
    assert call("ann").delete(f"leads/{lead['id']}/").status_code == 204
    assert call("ann").get(f"leads/{lead['id']}/").status_code == 404
    assert call("ann").post(f"leads/{lead['id']}/restore/").status_code == 200
    assert call("ann").get(f"leads/{lead['id']}/").status_code == 200


def test_many_leads_at_once_are_each_answered(call: Callable[[str], Caller]):
    rows = [
        {"contact_name": "One Person", "email": "one@x.example"},
        {"contact_name": "Two Person", "email": "one@x.example"},
        {"email": "nobody@x.example"},
        {"contact_name": "Three Person", "source": 999_999},
    ]
    results = call("ann").post("leads/bulk/", {"rows": rows, "assignment": "me"}).json()["results"]
    assert [result["result"] for result in results] == ["created", "skipped", "rejected", "rejected"]
    assert call("ann").post("leads/bulk/", {"rows": [{}] * 1001}).status_code == 400


def test_an_import_over_rest(call: Callable[[str], Caller], settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    body = b"Wer,Mail\nAnn Archer,ann@a.example\n,\n,nobody@x.example\n"
    file = SimpleUploadedFile("table.csv", body)
    answer = call("ann").generic(
        "POST", "lead-imports/", encode_multipart(BOUNDARY, {"file": file}), content_type=MULTIPART_CONTENT
    )
    assert answer.status_code == 201, answer.content
    job = answer.json()
    assert job["status"] == "needs_mapping" and job["header"] == ["Wer", "Mail"]
    assert call("bob").get(f"lead-imports/{job['id']}/").status_code == 404
    mapping = {"Wer": "contact_name", "Mail": "email"}
    started = call("ann").post(f"lead-imports/{job['id']}/start/", {"mapping": mapping})
    assert started.json()["status"] == "queued"
    import_run(job_id=job["id"])
    done = call("ann").get(f"lead-imports/{job['id']}/").json()
    assert (done["status"], done["total"], done["created"], done["rejected"]) == ("done", 2, 1, 1)
    pieces = call("ann").get(f"lead-imports/{job['id']}/rejected-rows/").streaming_content
    rejected = b"".join(pieces).decode("utf-8-sig")
    assert rejected.splitlines()[0] == '"Wer","Mail","reason"'
    assert call("ann").post(f"lead-imports/{job['id']}/undo/").json()["status"] == "undone"
    assert LeadImport.objects.get().status == "undone"


def test_settings_are_read_by_all_who_work_and_written_by_administrators(
    call: Callable[[str], Caller], people: dict[str, User]
):
    pool = call("ann").get("pools/").json()["results"][0]
    assert call("ann").patch(f"pools/{pool['id']}/", {"max_held": 1}).status_code == 403
    changed = call("ada").patch(f"pools/{pool['id']}/", {"max_held": 1, "members": [people["ann"].pk]}).json()
    assert (changed["max_held"], changed["members"]) == (1, [people["ann"].pk])
    new(call("ann"))
    over = call("ann").post("leads/", {"contact_name": "Another One", "assignment": "me"})
    assert (over.status_code, over.json()["code"]) == (409, "held_limit")
    policy = next(
        row for row in call("ada").get("first-contact-policies/").json()["results"] if row["grade"] == "C"
    )
    lead = Lead.objects.get()
    shorter = call("ada").patch(f"first-contact-policies/{policy['id']}/", {"limit_seconds": 60})
    assert shorter.status_code == 200
    due = Lead.objects.get().first_contact_due_at
    assert due is not None and (
        lead.grade != "C" or due - lead.first_contact_started_at == timedelta(seconds=60)
    )
    members = [{"user": people["bob"].pk, "weight": 2}]
    rule = call("ada").post("assignment-rules/", {"name": "Mine", "members": members})
    assert rule.status_code == 201, rule.json()
    odd = {"name": "Odd", "channel": "online", "kind": "trade_show"}
    assert call("ada").post("lead-sources/", odd).status_code == 400
