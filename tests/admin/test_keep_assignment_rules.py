"""Assignment rules are written and tried in the admin; trying them writes nothing."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from leads.models import AssignmentRule, HandOut, Lead, LeadAssignment, Pool
from leads.services import leads_assignment_preview
from leads.services.rules import assignment_rule_save
from salesflow.people.models import Territory, User
from salesflow.people.services import config_changed
from tests.admin.pages import add, change, deed, faults, kinds, page, told_since
from tests.leads.cast import fresh, leads_in_pool

pytestmark = pytest.mark.django_db


def members(*rows: dict[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {"members-TOTAL_FORMS": len(rows), "members-INITIAL_FORMS": 0}
    for place, row in enumerate(rows):
        sent |= {f"members-{place}-{name}": value for name, value in row.items()}
    return sent


def test_a_rule_is_made_with_its_candidates(admin: Client, cast: SimpleNamespace) -> None:
    before = kinds()
    response = add(
        admin, AssignmentRule, name="Hospitals", position="5", filter='{"industry": "医疗", "grade": ["A", "B"]}',
        strategy="least_loaded", fallback_pool=Pool.objects.default().pk,
        **members({"user": cast.alice.pk, "weight": "3", "grades": ["A"]}, {"user": cast.bob.pk}),
    )  # fmt: skip
    assert response.status_code == 302, faults(response)
    rule = AssignmentRule.objects.get(name="Hospitals")
    assert rule.filter == {"industry": "医疗", "grade": ["A", "B"]} and rule.strategy == "least_loaded"
    found = {(member.user, member.weight, tuple(member.grades)) for member in rule.members.all()}
    assert found == {(cast.alice, 3, ("A",)), (cast.bob, None, ())}
    assert told_since(before) == ["leads.assignment_rule_created"]
    shown = admin.get(page(AssignmentRule, "change", rule)).content.decode()
    assert "医疗" in shown, "as one writes it, without escapes"


def test_a_rule_sent_back_unchanged_stays_as_it_is(admin: Client, cast: SimpleNamespace) -> None:
    rule = assignment_rule_save(
        by=None, name="R", filter={"grade": "A"}, members=[{"user": cast.alice, "weight": 2, "grades": ["A"]}]
    )
    AssignmentRule.objects.filter(pk=rule.pk).update(credits={str(cast.alice.pk): 4})
    before = kinds()
    assert change(admin, rule).status_code == 302
    assert fresh(rule).version == rule.version and kinds() == before
    assert change(admin, rule, name="S", **{"members-0-weight": "5"}).status_code == 302
    assert (fresh(rule).name, rule.members.get().weight, fresh(rule).credits) == (
        "S",
        5,
        {str(cast.alice.pk): 4},
    )


@pytest.mark.parametrize(
    "text", ["{", '{"colour": "red"}', '["A"]', '{"score_min": NaN}', '{"city": "\\u0000"}', "[" * 100_000]
)
def test_a_filter_that_cannot_be_read_is_named(admin: Client, cast: SimpleNamespace, text: str) -> None:
    number = AssignmentRule.objects.count()
    response = add(admin, AssignmentRule, name="R", filter=text)
    assert set(faults(response)) == {"filter"}
    assert AssignmentRule.objects.count() == number


def test_a_wrong_candidate_leaves_nothing(admin: Client, cast: SimpleNamespace) -> None:
    rule = assignment_rule_save(by=None, name="R", members=[{"user": cast.alice}])
    before = kinds()
    for rows in (
        [{"user": cast.alice.pk}, {"user": cast.alice.pk}],
        [{"user": cast.alice.pk, "weight": "-1"}],
        [{"user": "nobody"}],
        [{"user": 10**17}],
        [{"user": 10**30}],
    ):
        assert change(admin, rule, name="Renamed", **members(*rows)).status_code in (200, 302), rows
        assert fresh(rule).name == "R" and kinds() == before, rows
    assert rule.members.get().user == cast.alice


def test_rules_leave_the_events_of_rest(admin: Client, cast: SimpleNamespace, call: Any) -> None:
    rest, told = call("admin"), []
    for door in ("admin", "rest"):
        before = kinds()
        if door == "admin":
            add(admin, AssignmentRule, name="R")
            rule = AssignmentRule.objects.latest("pk")
            change(admin, rule, position="7")
            deed(admin, rule, "archive")
            deed(admin, rule, "restore")
        else:
            id_ = rest.post("assignment-rules/", {"name": "S"}).json()["id"]
            rest.patch(f"assignment-rules/{id_}/", {"position": 7})
            rest.delete(f"assignment-rules/{id_}/")
            rest.post(f"assignment-rules/{id_}/restore/")
        told.append(told_since(before))
    assert told[0] == told[1] and len(told[0]) == 4


def test_trying_the_rules_says_where_waiting_leads_would_go_and_why(
    admin: Client, cast: SimpleNamespace
) -> None:
    AssignmentRule.objects.all().delete()
    Territory.objects.create(name="East", team=cast.ours, countries=["CN"], regions=["浙江"])
    assignment_rule_save(by=None, name="Near", position=1, match_territory=True)
    assignment_rule_save(by=None, name="West only", position=2, members=[{"user": cast.charlie}])
    User.objects.filter(pk=cast.charlie.pk).update(capacity=0)
    leads = leads_in_pool(2, country="China", region="浙江省") + leads_in_pool(1, country="Germany")
    Lead.objects.filter(pk=leads[2].pk).update(company_name="Far Away")
    config_changed()
    before = state()
    rows = admin.get(page(AssignmentRule, "try_rules")).context_data["rows"]
    found = {row.lead.pk: (row.rule, row.owner, row.pool) for row in rows}
    assert {found[lead.pk][:2] for lead in leads[:2]} == {("Near", "Alice"), ("Near", "Bob")}, "in turn"
    far = next(row for row in rows if row.lead == leads[2])
    assert (far.rule, far.owner, far.pool) == ("West only", "", Pool.objects.default().name)
    assert far.why == "Nobody could take it" and far.refused == ["Charlie: at capacity"]
    assert far.passed == ["Passed over “Near”: nobody answers for this place"]
    assert state() == before


def state() -> list[Any]:
    rows = (Lead, LeadAssignment, HandOut, AssignmentRule)
    return [
        kinds(),
        *[json.dumps(list(model.objects.order_by("pk").values()), default=str) for model in rows],
    ]


def test_what_is_tried_is_chosen_and_bounded(
    admin: Client, cast: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    leads_in_pool(30)
    address = page(AssignmentRule, "try_rules")
    assert len(admin.get(address, {"number": "7"}).context_data["rows"]) == 7
    for wrong in ({"number": "0"}, {"number": "1000"}, {"number": "x"}, {"pool": "999"}, {"pool": "x"}):
        response = admin.get(address, wrong)
        assert response.status_code == 200 and response.context_data["rows"] == []
    with django_assert_max_num_queries(30):
        admin.get(address)


def test_who_assigns_nothing_tries_nothing(cast: SimpleNamespace) -> None:
    pool = Pool.objects.default()
    for person in (cast.alice, cast.auditor, cast.finance):
        with pytest.raises(PermissionDenied):
            leads_assignment_preview(by=person, pool=pool, limit=5)
    leads_in_pool(1)
    assert leads_assignment_preview(by=cast.mona, pool=pool, limit=5) == [], "no pool of hers"
    pool.managers.add(cast.mona)
    assert len(leads_assignment_preview(by=User.objects.get(pk=cast.mona.pk), pool=pool, limit=5)) == 1
