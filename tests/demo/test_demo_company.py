"""The demo company makes sense: a believable past that shows the product and keeps every promise."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.test import override_settings

from contacts.models import Contact, Customer, LeadConversion, Opportunity
from leads.models import Lead, LeadEvent, LeadImport, Ownership, Pool
from performance.services import kpi
from performance.services.my_day import my_day
from performance.services.period import days_back
from salesflow.clocks.models import BusinessCalendar, Clock
from salesflow.demo import words
from salesflow.journal.models import Event, Notice
from salesflow.journal.services import audit_verify, deliveries_carry, events_seal
from salesflow.people.models import Territory, User, Workspace
from salesflow.work.models import Activity, Note, Task

REPS = ("rep1", "rep2", "rep3", "rep4")
FULL_WIDTH = "\uff0c\uff1b\uff1a\uff1f\uff01"


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    """The company as `load_demo` leaves it, committed, for all tests of this file."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        out = StringIO()
        call_command("load_demo", "--seed", "1", "--json", stdout=out)
        yield json.loads(out.getvalue())
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def reading(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.com")


def test_its_people_and_settings_are_those_that_tests_may_start_from(demo: dict[str, int]):
    assert demo["users"] == User.objects.filter(is_demo=True).count() == 13
    one, three = person("rep1"), person("rep3")
    assert (
        one.check_password("demo")
        and one.team == person("rep2").team
        and one.team.manager == person("manager")
    )
    assert one.industries == person("rep2").industries == ["medical", "education"]
    assert three.team == person("rep4").team and three.team.manager == person("manager2")
    assert person("director").region == one.team.region != three.team.region
    assert not User.objects.exclude(capacity=None, daily_cap=None).exists()
    pool = Pool.objects.get(is_default=True)
    assert {user.email.split("@")[0] for user in pool.members.all()} == set(REPS)
    limits = ("max_held", "max_claims_per_day", "cooldown_seconds", "protection_seconds", "return_after_idle_seconds",
              "review_after_returns")  # fmt: skip
    assert [getattr(pool, name) for name in limits] == [None] * 6
    assert sorted(Territory.objects.values_list("team", flat=True)) == sorted([one.team_id, three.team_id])
    shared, calendar = Workspace.objects.get(), BusinessCalendar.objects.get(is_default=True)
    assert (shared.time_zone, shared.base_currency, calendar.zone) == (
        "Asia/Shanghai",
        "CNY",
        "Asia/Shanghai",
    )


def test_every_promise_is_kept_and_the_chain_of_its_events_holds(demo: dict[str, int]):
    out = StringIO()
    call_command("check_invariants", "--json", stdout=out)
    assert json.loads(out.getvalue())["broken"] == []
    while events_seal()["processed"]:
        pass
    call_command("verify_audit", stdout=StringIO())
    assert audit_verify().unsealed == 0


def test_grades_spread_and_tell_who_buys(demo: dict[str, int]):
    leads = Lead.objects.aggregate(
        all=Count("pk"), **{grade: Count("pk", filter=Q(grade=grade)) for grade in "ABC"}
    )
    shares = [leads[grade] / leads["all"] for grade in "ABC"]
    assert 0.15 <= shares[0] <= 0.3 and 0.3 <= shares[1] <= 0.45 and 0.3 <= shares[2] <= 0.45, shares
    admin = person("admin")
    for days in (30, 120):
        figures = kpi(user=admin, metric="lead_conversion_rate", period=days_back(days), by="grade")
        a, b, c = (row.value for row in sorted(figures.rows, key=lambda row: str(row.key)))
        assert a > b > c > 0, (days, a, b, c)


def test_every_rep_has_customers_opportunities_and_contacts_with_follow_ups(demo: dict[str, int]):
    for name in REPS:
        rep = person(name)
        assert Customer.objects.filter(owner=rep).count() >= 3, name
        assert Opportunity.objects.filter(owner=rep).count() >= 2, name
        talks = (
            Activity.objects.filter(by=rep, subject_type="leads.lead")
            .values("subject_id")
            .annotate(n=Count("pk"))
        )
        assert sum(each["n"] >= 3 for each in talks) >= 3, name
    assert Contact.objects.count() > LeadConversion.objects.count() >= 25
    assert Opportunity.objects.filter(expected_close__gt=datetime.now(UTC).date()).count() >= 10


def test_countdowns_run_in_every_phase(demo: dict[str, int]):
    running = Clock.objects.filter(state="running").annotate(used=Now() - F("started_at"))
    hours = sorted(clock.used / timedelta(hours=1) for clock in running)
    phases = Counter(
        "fresh" if used < 6 else "half" if used < 16 else "late" if used < 22 else "last" for used in hours
    )
    assert min(phases[name] for name in ("fresh", "half", "late", "last")) >= 3, phases
    assert hours[-1] < 23.9, "nothing runs out in the first minutes"
    assert {clock.owner_id for clock in running} == {person(name).pk for name in REPS}
    assert set(running.filter(used__gt=timedelta(hours=12.2)).values_list("warned_percent", flat=True)) == {
        50,
        80,
    }


def test_a_morning_at_home_has_something_of_everything(demo: dict[str, int]):
    late = tasks = 0
    for name in REPS:  # how many depends on the hour the company is made
        day = my_day(person(name))
        assert day.due_count >= 2 and day.task_count >= 1 and day.news_count >= 4, name
        tasks += day.task_count
        late += day.late_tasks
    assert tasks >= 10 and late >= 4
    assert set(Lead.objects.filter(in_pool=True).values_list("grade", flat=True)) == {"A", "B", "C"}
    assert LeadEvent.objects.values("kind").distinct().count() >= 2
    assert Note.objects.count() >= 10 and Task.objects.filter(subject_type="contacts.customer").exists()
    assert Lead.objects.filter(status="disqualified").values("disqualify_reason").distinct().count() >= 5


def test_some_leads_were_forgotten_and_others_took_them(demo: dict[str, int]):
    assert Ownership.objects.filter(end_reason="expired").count() >= 10
    assert Ownership.objects.filter(end_reason="returned").count() >= 5
    taken = Ownership.objects.filter(via="claim", lead__first_contacted_at__isnull=False)
    assert taken.count() >= 5
    for each in taken:
        before = each.lead.ownerships.filter(pk__lt=each.pk).latest("pk")
        assert before.end_reason == "expired" and before.owner_id != each.owner_id
        assert before.ended_at - before.started_at < timedelta(hours=24.2)


def test_a_file_from_the_fair_was_imported(demo: dict[str, int]):
    job = LeadImport.objects.get()
    assert (job.status, job.created, job.skipped, job.rejected) == ("done", 12, 1, 1)
    assert job.by == person("marketing") and job.finished_at - job.created_at < timedelta(minutes=5)
    assert job.created_at < datetime.now(UTC) - timedelta(days=15)


def test_its_past_is_one_of_four_months_and_stands_in_order(demo: dict[str, int]):
    first = Lead.objects.earliest("created_at").created_at
    assert timedelta(days=80) < datetime.now(UTC) - first < timedelta(days=125)
    assert not Lead.objects.filter(updated_at__gt=Now() + timedelta(seconds=1)).exists()
    for lead in Lead.objects.filter(status="converted")[:10]:
        events = list(Event.objects.filter(subject_type="leads.lead", subject_id=lead.pk).order_by("pk"))
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert events[0].kind == "leads.created" and abs(events[0].at - lead.created_at) < timedelta(
            minutes=1
        )
        told = next(event for event in events if event.kind == "contacts.lead_converted")
        assert abs(told.at - lead.converted_at) < timedelta(minutes=1)
    for name in REPS:
        notices = list(
            Notice.objects.filter(user=person(name)).order_by("pk").values_list("created_at", flat=True)
        )
        assert notices == sorted(notices) and len(notices) >= 3
    assert not Notice.objects.filter(read_at=None, created_at__lt=Now() - timedelta(days=3)).exists()


def test_what_people_say_in_chinese_is_punctuated_as_chinese(demo: dict[str, int]):
    said = [*Activity.objects.values_list("summary", flat=True), *Note.objects.values_list("body", flat=True),
            *Lead.objects.values_list("need", flat=True)]  # fmt: skip
    chinese = [text for text in said if words.is_chinese(text) and not text.isascii()]
    mostly = [text for text in chinese if sum(words.is_chinese(each) for each in text) > len(text) / 2]
    assert len(mostly) > 50 and any(sign in text for text in mostly for sign in FULL_WIDTH)
    assert [text for text in mostly if any(sign in text for sign in ",;:?!")] == []


def test_the_first_deliveries_and_figures_work(demo: dict[str, int]):
    assert deliveries_carry()["failed"] == 0
    period = days_back(28)
    for metric in (
        "new_leads",
        "first_contact_in_time_rate",
        "first_response_seconds",
        "claims",
        "leads_returned",
    ):
        assert kpi(user=person("manager"), metric=metric, period=period).total.value, metric
