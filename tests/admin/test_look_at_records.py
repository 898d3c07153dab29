"""Records of daily work are looked at in the admin and never changed there; its lists stay quick however long."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact, Customer, Opportunity
from leads.models import AssignmentRule, Lead, LeadImport, LeadSource, Ownership, Pool
from leads.services import assignment_rule_save, pool_save
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event
from salesflow.lib.admin import paging
from salesflow.lib.admin.pages import LookingPage
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.people.models import Team, User
from salesflow.people.services import config_record_create
from salesflow.runtime.models import Heartbeat, SweepRun
from tests.admin.pages import change, kinds, page
from tests.leads.cast import clock_of, fresh, lead_of, leads_in_pool, leads_of

pytestmark = pytest.mark.django_db


def one_of_each(owner: User) -> list[Any]:
    lead = lead_of(owner, grade="A")
    customer = Customer.objects.create(name="Arbor Medical", owner=owner)
    config_record_create(Team, by=None, rights="teams", name="Told")
    return [
        lead,
        Ownership.objects.get(lead=lead),
        clock_of(lead),
        LeadImport.objects.create(by=owner, filename="x.csv", file="x.csv"),
        customer,
        Contact.objects.create(name="Chen", customer=customer),
        Opportunity.objects.create(name="Order", customer=customer, owner=owner),
        Event.objects.latest("pk"),
        SweepRun.objects.create(name="tests", by="worker"),
        Heartbeat.objects.create(name="worker@here", pid=7),
    ]


def test_no_state_is_changed_here(admin: Client, cast: SimpleNamespace) -> None:
    for record in one_of_each(cast.alice):
        model, before = type(record), kinds()
        address = page(model, "change", record)
        assert admin.get(address).status_code == 200, address
        assert admin.get(page(model, "history", record)).status_code == 200
        sent = {"status": "converted", "state": "met", "owner": cast.bob.pk, "kind": "x", "name": "x"}
        assert admin.post(address, sent).status_code == 403, address
        assert admin.post(page(model, "add"), sent).status_code == 403
        assert admin.post(page(model, "delete", record), {"post": "yes"}).status_code == 403
        assert admin.post(
            page(model, "changelist"), {"action": "delete_selected", "_selected_action": record.pk}
        )
        assert model.objects.filter(pk=record.pk).exists() and kinds() == before
    lead = Lead.objects.get(owner=cast.alice)
    assert (lead.status, lead.grade) == ("assigned", "A")


def test_every_page_of_the_admin_looks_or_asks_a_service() -> None:
    for model, shown in django_admin.site._registry.items():
        assert isinstance(shown, LookingPage | ServicePage), model
        assert shown.place is not None, model


LISTS = {
    Lead: lambda cast, n: leads_of(cast.alice, n),
    Ownership: lambda cast, n: leads_of(cast.bob, n),
    Clock: lambda cast, n: leads_of(cast.alice, n),
    LeadImport: lambda cast, n: LeadImport.objects.bulk_create(
        [LeadImport(by=cast.alice, filename="x.csv", file="x.csv") for _each in range(n)]
    ),
    Customer: lambda cast, n: Customer.objects.bulk_create(
        [Customer(name="C", owner=cast.bob) for _ in range(n)]
    ),
    Contact: lambda cast, n: Contact.objects.bulk_create(
        [Contact(name="P", customer=each) for each in LISTS[Customer](cast, n)]
    ),
    Opportunity: lambda cast, n: Opportunity.objects.bulk_create(
        [Opportunity(name="O", customer=each, owner=cast.bob) for each in LISTS[Customer](cast, n)]
    ),
    Event: lambda cast, n: [
        config_record_create(Team, by=cast.admin, rights="teams", name=f"T{Team.objects.count()}")
        for _each in range(n)
    ],
    User: lambda cast, n: [
        User.objects.create(email=f"u{User.objects.count()}@cast.test", name="U", team=cast.ours)
        for _ in range(n)
    ],
    Team: lambda cast, n: [
        Team.objects.create(name=f"M{Team.objects.count()}", region=cast.ours.region, manager=cast.mona)
        for _each in range(n)
    ],
    LeadSource: lambda cast, n: [
        LeadSource.objects.create(name=f"S{LeadSource.objects.count()}", channel="online", kind="web_form")
        for _each in range(n)
    ],
}


def test_lists_ask_the_same_number_of_questions_however_many_rows_they_show(
    admin: Client, cast: SimpleNamespace
) -> None:
    for model, make in LISTS.items():
        counts = []
        for number in (2, 7):
            make(cast, number)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert admin.get(page(model, "changelist")).status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 14, (model, counts)


def test_so_do_pages_of_records_with_many_lines(admin: Client, cast: SimpleNamespace) -> None:
    pool, rule = Pool.objects.default(), assignment_rule_save(by=None, name="R")
    people = [User.objects.create(email=f"l{place}@cast.test", name="L") for place in range(9)]
    counts: dict[Any, set[int]] = {Pool: set(), AssignmentRule: set()}
    for number in (1, 9):
        limits = [{"user": person, "max_held": 1} for person in people[:number]]
        limits += [{"team": team, "max_held": 2} for team in (cast.ours, cast.theirs)[:number]]
        pool_save(pool=pool, by=None, members=people[:number], limits=limits)
        assignment_rule_save(rule=rule, by=None, members=[{"user": person} for person in people[:number]])
        for record in (pool, rule):
            admin.get(page(type(record), "change", record))  # what a process reads once is in memory
            with CaptureQueriesContext(connection) as asked:
                shown = admin.get(page(type(record), "change", record))
            assert shown.content.decode().count(">L</option>") >= number
            counts[type(record)].add(len(asked))
    assert all(len(found) == 1 and max(found) < 25 for found in counts.values()), counts


def test_nothing_is_counted_beyond_a_bound(
    admin: Client, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST", 60)
    leads_in_pool(130)
    with CaptureQueriesContext(connection) as asked:
        response = admin.get(page(Lead, "changelist"))
    counting = [each["sql"] for each in asked if "COUNT" in each["sql"] and "leads_lead" in each["sql"]]
    assert len(counting) == 1 and "LIMIT 61" in counting[0], counting
    assert "60+ leads" in " ".join(response.content.decode().split())
    assert "_facets" not in response.content.decode(), "nor each choice of a filter"
    with CaptureQueriesContext(connection) as asked:
        admin.get(page(Lead, "changelist"), {"_facets": "True"})
    assert sum("COUNT" in each["sql"] and "leads_lead" in each["sql"] for each in asked) == 1
    last = admin.get(page(Lead, "changelist"), {"p": "2"}).context_data["cl"]
    assert len(last.result_list) == 10
    assert admin.get(page(Lead, "changelist"), {"p": "3"}).status_code == 302


def test_no_list_of_work_is_sorted_by_what_no_index_has_in_order(
    admin: Client, cast: SimpleNamespace
) -> None:
    leads_in_pool(2)
    with CaptureQueriesContext(connection) as asked:
        admin.get(page(Lead, "changelist"), {"o": "-3.4"})
    listed = next(each["sql"] for each in asked if "ORDER BY" in each["sql"] and "leads_lead" in each["sql"])
    order = listed.partition("ORDER BY")[2]
    assert "created_at" in order and "company_name" not in order


def test_leads_are_found_by_a_fragment_and_by_owner_and_pool(admin: Client, cast: SimpleNamespace) -> None:
    mine = lead_of(cast.alice, company_name="上海瑞康药业有限公司", contact_name="吴明远")
    waiting = leads_in_pool(1, company_name="Kestrel Academy")[0]

    def shown(**asked: Any) -> list[Lead]:
        return list(admin.get(page(Lead, "changelist"), asked).context_data["cl"].result_list)

    assert shown(q="瑞康") == shown(owner__id__exact=cast.alice.pk) == [mine]
    assert shown(q="kestr") == shown(pool__id__exact=waiting.pool_id) == [waiting]
    assert shown(q="nobody of that name") == []
    assert admin.get(page(Lead, "changelist"), {"owner__id__exact": "x"}).status_code == 302


def test_clocks_and_ownerships_are_found_by_the_number_of_their_record(
    admin: Client, cast: SimpleNamespace
) -> None:
    first, second = leads_of(cast.alice, 2)
    for model, column in ((Clock, "subject_id"), (Ownership, "lead_id")):
        listed = page(model, "changelist")
        found = admin.get(listed, {"q": str(second.pk)}).context_data["cl"].result_list
        assert [getattr(row, column) for row in found] == [second.pk]
        for nothing in ("abc", "-1", "9" * 30, "１"):
            assert list(admin.get(listed, {"q": nothing}).context_data["cl"].result_list) == []
    running = admin.get(page(Clock, "changelist"), {"state": "running"}).context_data["cl"].result_list
    assert {clock.subject_id for clock in running} == {first.pk, second.pk}
    assert (
        list(admin.get(page(Clock, "changelist"), {"state": "failed"}).context_data["cl"].result_list) == []
    )


def test_the_audit_is_searched_by_record_and_filtered_by_what_happened_and_who(
    admin: Client, cast: SimpleNamespace
) -> None:
    team = config_record_create(Team, by=cast.admin, rights="teams", name="Told")
    lead = lead_of(cast.alice)

    def shown(**asked: Any) -> set[tuple[str, int]]:
        rows = admin.get(page(Event, "changelist"), asked).context_data["cl"].result_list
        return {(event.subject_type, event.subject_id) for event in rows}

    assert (
        shown(q=f"people.team {team.pk}") == shown(kind="people.team_created") == {("people.team", team.pk)}
    )
    assert ("leads.lead", lead.pk) in shown(q=str(lead.pk))
    assert shown(type="people.team") == {("people.team", team.pk)}
    assert shown(actor__id__exact=cast.admin.pk) == {("people.team", team.pk)}
    assert shown(q="people.team x") == shown(q="9" * 40) == shown(kind="no.such") == set()


def test_an_event_tells_what_changed_from_what_to_what(admin: Client, cast: SimpleNamespace) -> None:
    change(admin, cast.ours, name="Renamed")
    event = Event.objects.get(kind="people.team_changed")
    shown = admin.get(page(Event, "change", event)).content.decode()
    assert "Ours → Renamed" in shown and "Admin" in shown
    history = admin.get(page(Team, "history", cast.ours)).content.decode()
    assert "Ours → Renamed" in history and "team: changed" in history
    assert fresh(cast.ours).name == "Renamed"
