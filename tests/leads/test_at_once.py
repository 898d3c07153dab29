"""Two people, one lead; a claim against a limit; a contact against the deadline: one outcome, the other is told.

Each race stands here twice: as it is, and with its one guard taken away, where the same steps at the same moments
go wrong. A `Meeting` makes both sides stand between their check and their write at the same time, when nothing
prevents it; where a lock does, the first goes on after a moment.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from leads.models import AssignmentRule, FirstContactPolicy, Lead, Ownership
from leads.querysets import LeadQuerySet
from leads.services import (
    assignment_rule_archive,
    claim,
    contact,
    decide,
    first_contact_policy_change,
    give_back,
    lead_assign,
    lead_claim,
    pool_save,
    terms,
    time_out,
)
from leads.services.place import leads_place
from leads.tasks import sweep_hand_outs
from salesflow.clocks.models import Clock
from salesflow.clocks.services import database_now, sweep
from salesflow.journal.models import Event, Notice
from salesflow.lib.errors import Conflict
from salesflow.work.models import Activity
from tests.leads import cast
from tests.support.races import Meeting, at_once, codes

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 86_400
sweeping = sys.modules["salesflow.clocks.services.sweep"]


@pytest.fixture
def ann():
    return cast.person("ann")


@pytest.fixture
def bob():
    return cast.person("bob")


@pytest.fixture
def pool(ann, bob):
    return cast.default_pool(members=[ann, bob])


# two reps, one lead


def claims_of_both(lead, ann, bob, monkeypatch):
    """Both reps have read the lead before either writes, unless a lock keeps one waiting."""
    monkeypatch.setattr(claim, "_locked", Meeting().after(claim._locked))
    return at_once(lambda: lead_claim(lead=lead, by=ann), lambda: lead_claim(lead=lead, by=bob))


def test_of_two_reps_one_gets_the_lead_and_the_other_is_told(pool, ann, bob, monkeypatch):
    lead = cast.lead_in_pool()
    assert codes(claims_of_both(lead, ann, bob, monkeypatch)) == ["", "already_claimed"]
    assert Ownership.objects.get(lead=lead).owner == cast.fresh(lead).owner
    assert Event.objects.filter(kind="leads.claimed").count() == 1


def test_without_the_row_lock_both_pass_the_check_and_only_the_constraint_stands(pool, ann, bob, monkeypatch):
    """Guard removed: the lead is read without FOR UPDATE. Both write; the database's own promise refuses one."""
    monkeypatch.setattr(claim, "_locked", lambda ids: Lead.objects.in_bulk(list(ids)))
    lead = cast.lead_in_pool()
    assert codes(claims_of_both(lead, ann, bob, monkeypatch)) == ["", "IntegrityError"]


def test_without_lock_and_constraint_both_own_it(pool, ann, bob, monkeypatch):
    """Guard and constraint removed: load, check, save tells both that the lead is theirs."""
    lead, meeting = cast.lead_in_pool(), Meeting()

    def load_check_save(by):
        mine = Lead.objects.get(pk=lead.pk)
        if mine.owner is None:
            meeting()
            mine.owner, mine.owned_since, mine.in_pool, mine.pool = by, database_now(), False, None
            mine.save()
            return mine
        raise Conflict("already_claimed", "")

    assert codes(at_once(lambda: load_check_save(ann), lambda: load_check_save(bob))) == ["", ""]


def test_many_reps_and_few_leads_each_goes_to_one(pool, monkeypatch):
    reps = [cast.person(f"rep{number}") for number in range(8)]
    pool.members.set(reps)
    leads = cast.leads_in_pool(6, pool)
    start = Meeting(len(reps), 10)

    def grab(rep):
        start()
        return [got for lead in leads if (got := _try(lead, rep))]

    won = at_once(*(lambda rep=rep: grab(rep) for rep in reps))
    assert sorted(pk for got in won for pk in got) == [lead.pk for lead in leads]
    assert Ownership.objects.filter(ended_at=None).count() == len(leads)


def _try(lead, rep):
    try:
        return lead_claim(lead=lead, by=rep).pk
    except Conflict as told:
        assert told.code == "already_claimed"


# one rep, two windows, one place left


def two_claims_of(rep, first, second, monkeypatch):
    monkeypatch.setattr(claim, "held_count", Meeting().after(claim.held_count))
    return at_once(lambda: lead_claim(lead=first, by=rep), lambda: lead_claim(lead=second, by=rep))


def test_the_holding_limit_holds_against_oneself_in_two_windows(ann, monkeypatch):
    cast.default_pool(members=[ann], max_held=1)
    assert codes(two_claims_of(ann, *cast.leads_in_pool(2), monkeypatch)) == ["", "held_limit"]
    assert Lead.objects.filter(owner=ann).count() == 1


def test_without_the_quota_row_both_claims_count_the_same(ann, monkeypatch):
    """Guard removed: the quota row is not locked. The limit of one is two."""
    monkeypatch.setattr(claim, "quotas_lock", lambda users: None)
    cast.default_pool(members=[ann], max_held=1)
    assert codes(two_claims_of(ann, *cast.leads_in_pool(2), monkeypatch)) == ["", ""]
    assert Lead.objects.filter(owner=ann).count() == 2


def two_claims_on_one_day(rep, first, second, monkeypatch):
    monkeypatch.setattr(claim, "day_start", Meeting().after(claim.day_start))
    return at_once(lambda: lead_claim(lead=first, by=rep), lambda: lead_claim(lead=second, by=rep))


def test_the_daily_limit_holds_against_oneself_in_two_windows(ann, monkeypatch):
    cast.default_pool(members=[ann], max_claims_per_day=1)
    assert codes(two_claims_on_one_day(ann, *cast.leads_in_pool(2), monkeypatch)) == ["", "daily_limit"]
    assert Ownership.objects.filter(owner=ann, via="claim").count() == 1


def test_without_the_quota_row_both_claims_are_the_first_of_the_day(ann, monkeypatch):
    """Guard removed: the quota row is not locked. One claim a day is two."""
    monkeypatch.setattr(claim, "quotas_lock", lambda users: None)
    cast.default_pool(members=[ann], max_claims_per_day=1)
    assert codes(two_claims_on_one_day(ann, *cast.leads_in_pool(2), monkeypatch)) == ["", ""]
    assert Ownership.objects.filter(owner=ann, via="claim").count() == 2


# a manager assigns what a rep claims


@pytest.fixture
def mona(ann, bob, pool):
    mona = cast.person("mona", "manager")
    for rep in (ann, bob):
        rep.team = cast.team(f"{rep.name}'s", mona)
        rep.save()
    pool.managers.set([mona])
    return mona


def claimed_while_assigned(lead, ann, bob, mona, *, first):
    """Ann claims, Mona gives it to Bob; `first` of them has written and not committed when the other begins."""
    written, begun = threading.Event(), threading.Event()

    def deed(name, act):
        if name != first:
            assert written.wait(20)
            begun.set()
            return act()
        with transaction.atomic():
            act()
            written.set()
            assert begun.wait(20)
            connection.cursor().execute("SELECT pg_sleep(0.3)")

    return at_once(
        lambda: deed("claim", lambda: lead_claim(lead=lead, by=ann)),
        lambda: deed("assign", lambda: lead_assign(lead=lead, by=mona, owner=bob)),
    )


def test_who_claims_what_is_being_assigned_is_told(pool, ann, bob, mona):
    lead = cast.lead_in_pool()
    told, assigned = claimed_while_assigned(lead, ann, bob, mona, first="assign")
    assert codes([told, assigned]) == ["", "already_claimed"]
    assert Ownership.objects.get(lead=lead).owner == cast.fresh(lead).owner == bob


def test_what_is_assigned_while_being_claimed_passes_from_one_to_the_other(pool, ann, bob, mona):
    """The manager has the last word; who had claimed it is not left with a lead that is no longer his."""
    lead = cast.lead_in_pool()
    assert codes(claimed_while_assigned(lead, ann, bob, mona, first="claim")) == ["", ""]
    ended, held = Ownership.objects.filter(lead=lead).order_by("pk")
    assert (ended.owner, ended.end_reason, held.owner, held.via) == (ann, "reassigned", bob, "transfer")
    assert cast.fresh(lead).owner == bob
    assert Clock.objects.running().get().owner_id == bob.pk
    assert cast.notices(ann) == ["leads.given_away"]


def test_without_the_row_lock_both_write_and_only_the_constraint_stands(pool, ann, bob, mona, monkeypatch):
    """Guard removed: leads are read without FOR UPDATE, so the assignment does not see the claim."""
    monkeypatch.setattr(LeadQuerySet, "select_for_update", lambda rows, **options: rows)
    lead = cast.lead_in_pool()
    results = claimed_while_assigned(lead, ann, bob, mona, first="claim")
    assert codes(results) == ["", "IntegrityError"]


# two decisions, one round robin; two rules, one person's capacity


def two_assignments(monkeypatch, *, grades=("B", "B")):
    monkeypatch.setattr(decide, "counts_read", Meeting().after(decide.counts_read))

    def assign(grade):
        with transaction.atomic():
            lead = cast.unsaved(grade=grade)
            lead.save()
            decision = decide.decisions_for([lead])[0]
            leads_place([(lead, decision)], via="rule", by=None, now=database_now())
            return decision.owner_id

    return at_once(*(lambda grade=grade: assign(grade) for grade in grades))


def test_two_decisions_at_once_take_two_turns(ann, bob, monkeypatch):
    assert sorted(two_assignments(monkeypatch)) == [ann.pk, bob.pk]


def test_without_the_lock_of_the_rule_both_take_the_same_turn(ann, bob, monkeypatch):
    """Guard removed: the rule is read without FOR UPDATE; one turn of the round robin is lost."""
    monkeypatch.setattr(decide, "_CREDITS_HELD", decide._CREDITS)
    assert two_assignments(monkeypatch) == [ann.pk, ann.pk]


@pytest.fixture
def two_rules_for_one():
    for rule in AssignmentRule.objects.all():
        assignment_rule_archive(rule=rule, by=None)
    ann = cast.person("ann", capacity=1)
    for grade in "AB":
        cast.rule(grade, filter={"grade": grade}, members=[{"user": ann}])
    return ann


def test_a_capacity_holds_over_two_rules(two_rules_for_one, monkeypatch):
    assert set(two_assignments(monkeypatch, grades=("A", "B"))) == {two_rules_for_one.pk, None}


def test_without_the_quota_row_two_rules_overfill_one_person(two_rules_for_one, monkeypatch):
    """Guard removed: candidates are counted without their quota rows locked."""
    monkeypatch.setattr("leads.services.candidates.quotas_lock", lambda users: None)
    assert two_assignments(monkeypatch, grades=("A", "B")) == [two_rules_for_one.pk] * 2


# a contact against the deadline


def until_past(moment) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sleep(greatest(0, extract(epoch FROM %s - clock_timestamp())) + 0.05)", [moment]
        )


def a_contact_in_time_that_commits_after_the_end(lead, ann):
    """The database stamps the contact before the end; it commits after a sweep has passed over the end."""
    cast.time_passes([lead], DAY - 1)
    stamped, swept = threading.Event(), threading.Event()

    def log():
        with transaction.atomic():
            cast.contact(lead, ann)
            stamped.set()
            assert swept.wait(20)

    def pass_over():
        assert stamped.wait(20)
        until_past(cast.fresh(lead).first_contact_due_at)
        try:
            return sweep()
        finally:
            swept.set()

    return at_once(log, pass_over)


def test_a_contact_stamped_in_time_wins_although_the_sweep_comes_before_its_commit(pool, ann):
    lead = cast.lead_of(ann)
    logged, counts = a_contact_in_time_that_commits_after_the_end(lead, ann)
    assert logged is None and counts.get("returned", 0) == 0
    assert sweep().get("returned", 0) == 0
    lead = cast.fresh(lead)
    assert (lead.owner, lead.status) == (ann, "contacted")
    assert lead.first_contacted_at < lead.first_contact_due_at
    assert cast.clock_of(lead).breached_at is None


def test_a_sweep_that_only_loads_checks_and_saves_takes_a_contacted_lead(pool, ann, monkeypatch):
    """Guard removed: the sweep neither locks clocks and leads nor asks again; the contact in time is lost."""
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY)
    loaded, logged = threading.Event(), threading.Event()

    def naive_sweep():
        with transaction.atomic():
            due = [each for each in Lead.objects.filter(pk=lead.pk) if each.first_contacted_at is None]
            loaded.set()
            assert logged.wait(20)
            give_back.leads_give_back(due, reason=Ownership.End.EXPIRED)

    def log():
        assert loaded.wait(20)
        cast.contact(lead, ann)
        logged.set()

    assert codes(at_once(naive_sweep, log)) == ["", ""]
    assert cast.fresh(lead).in_pool and Activity.objects.filter(purpose="first_contact").exists()


def a_contact_that_comes_while_the_time_out_commits(lead, ann, monkeypatch):
    """The time-out has written and not committed when the contact begins."""
    cast.time_passes([lead], DAY)
    written, begun = threading.Event(), threading.Event()
    plain = time_out.leads_give_back

    def give_back_and_wait(*args, **values):
        result = plain(*args, **values)
        written.set()
        assert begun.wait(20)
        # the contact's statement has reached the lock, or has got past where it would stand
        connection.cursor().execute("SELECT pg_sleep(0.3)")
        return result

    monkeypatch.setattr(time_out, "leads_give_back", give_back_and_wait)

    def log():
        assert written.wait(20)
        begun.set()
        return cast.contact(lead, ann)

    return at_once(sweep, log)


def test_a_contact_that_comes_too_late_is_told_and_leaves_no_trace(pool, ann, monkeypatch):
    lead = cast.lead_of(ann)
    counts, told = a_contact_that_comes_while_the_time_out_commits(lead, ann, monkeypatch)
    assert counts["returned"] == 1
    assert codes([told]) == ["clock_expired"]
    assert cast.fresh(lead).in_pool and not Activity.objects.exists()


def test_without_the_row_lock_the_late_contact_runs_into_the_returned_lead(pool, ann, monkeypatch):
    """Guard removed: the contact reads the lead without FOR UPDATE, believes it owned, and the constraints refuse."""
    monkeypatch.setattr(contact, "_locked", lambda lead: Lead.objects.get(pk=lead.pk))
    counts, failed = a_contact_that_comes_while_the_time_out_commits(cast.lead_of(ann), ann, monkeypatch)
    assert counts["returned"] == 1
    assert isinstance(failed, IntegrityError)


def test_a_lead_that_a_page_holds_is_passed_over_and_goes_at_the_next_sweep(pool, ann):
    held, other = cast.leads_of(ann, 2)
    cast.time_passes([held, other], DAY)
    with transaction.atomic():
        Lead.objects.select_for_update().get(pk=held.pk)
        assert at_once(sweep)[0]["returned"] == 1
    assert cast.owners([held, other]) == [ann.pk, None]
    assert sweep()["returned"] == 1


# two sweepers


def two_sweeps(leads, monkeypatch):
    meeting = Meeting()
    monkeypatch.setattr(time_out, "_locked", meeting.after(time_out._locked))
    at_once(lambda: sweep(limit_per_batch=10), lambda: sweep(limit_per_batch=10))
    return Counter(
        Lead.objects.filter(pk__in=[each.pk for each in leads]).values_list("returned_count", flat=True)
    )


def test_two_sweepers_return_each_lead_once(pool, ann, monkeypatch):
    leads = cast.leads_of(ann, 40)
    cast.time_passes(leads, DAY)
    assert two_sweeps(leads, monkeypatch) == {1: 40}
    assert Event.objects.filter(kind="leads.timed_out").count() == 40
    assert sum(Notice.objects.filter(user=ann).values_list("params__count", flat=True)) == 40


def test_without_locks_two_sweepers_return_leads_twice(pool, ann, monkeypatch):
    """Guards removed: clocks and leads are picked without locks, and the owner is not asked again."""

    def pick(limit, except_ids):
        due = Clock.objects.running().filter(due_at__lte=database_now()).exclude(pk__in=list(except_ids))
        return list(due.select_related("calendar").order_by("pk")[:limit])

    leads = cast.leads_of(ann, 40)
    cast.time_passes(leads, DAY)
    monkeypatch.setattr(sweeping, "pick", Meeting().after(pick))
    monkeypatch.setattr(time_out, "_locked", lambda ids: list(Lead.objects.filter(pk__in=ids).order_by("pk")))
    monkeypatch.setattr(time_out, "_waits", lambda lead, clock: True)
    assert two_sweeps(leads, monkeypatch)[2] > 0


def test_two_hand_outs_give_each_lead_to_one(ann, bob, monkeypatch):
    pool_save(pool=cast.default_pool(members=[ann, bob]), by=None, rehand="rules")
    leads = cast.leads_of(ann, 20)
    cast.time_passes(leads, DAY)
    sweep()
    counts = at_once(sweep_hand_outs, sweep_hand_outs)
    assert sum(count.get("handed_out", 0) for count in counts) == 20
    assert Ownership.objects.filter(ended_at=None).count() == 20
    assert Counter(Lead.objects.values_list("owner", flat=True)) == {ann.pk: 10, bob.pk: 10}


# a policy that changes while a clock is being started


def a_claim_during_a_change_of_the_policy(ann):
    """The claim has read the old limit and not committed when the administrator shortens it."""
    lead = cast.lead_in_pool(grade="A")
    policy = FirstContactPolicy.objects.get(grade="A")
    claimed, tried = threading.Event(), threading.Event()

    def take():
        with transaction.atomic():
            lead_claim(lead=lead, by=ann)
            claimed.set()
            tried.wait(1)

    def shorten():
        assert claimed.wait(20)
        first_contact_policy_change(policy=policy, by=None, limit_seconds=60)
        tried.set()

    assert codes(at_once(take, shorten)) == ["", ""]
    return cast.fresh(lead)


def test_a_clock_started_meanwhile_follows_the_new_limit(pool, ann):
    lead = a_claim_during_a_change_of_the_policy(ann)
    assert lead.first_contact_limit_seconds == cast.clock_of(lead).target_seconds == 60


def test_without_the_share_lock_it_keeps_the_old_limit(pool, ann, monkeypatch):
    """Guard removed: whoever starts a clock does not hold the policy."""

    def unlocked():
        return {each.grade: terms.policy_terms(each) for each in FirstContactPolicy.objects.all()}

    monkeypatch.setattr(terms, "policies_now", unlocked)
    lead = a_claim_during_a_change_of_the_policy(ann)
    assert cast.clock_of(lead).target_seconds == DAY


# a sweeper that is killed

# The real effects in a process of its own: it has returned the leads, says so, and waits to be killed.
SWEEPER = """
import sys, django
django.setup()
from leads.services import time_out
from salesflow.clocks.services import sweep
plain = time_out.leads_give_back

def give_back_and_wait(*args, **values):
    result = plain(*args, **values)
    print("returned", result, flush=True)
    sys.stdin.read()
    return result

time_out.leads_give_back = give_back_and_wait
sweep()
"""

# Guard removed: the breach is committed before its effect, as a task that is to return the leads would be sent.
CARELESS = """
import sys, django
django.setup()
from django.db.models import F
from django.db.models.functions import Now
from salesflow.clocks.models import Clock
due = Clock.objects.running().filter(due_at__lte=Now())
print("returned", due.update(state="breached", breached_at=F("due_at"), processed_at=Now(), running_since=None,
      next_step=None, next_step_at=None), flush=True)
sys.stdin.read()
"""


def killed_in_the_middle(script: str) -> None:
    base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    sweeper = subprocess.Popen(
        [sys.executable, "-c", script],
        env={
            **os.environ,
            "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
            "DJANGO_SETTINGS_MODULE": "salesflow.settings",
        },
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sweeper.stdout.readline().split() == ["returned", "40"]
    finally:
        sweeper.send_signal(signal.SIGKILL)
        sweeper.wait()
    with transaction.atomic():  # locks of a killed client go when its server process notices
        assert len(Clock.objects.select_for_update()) == 40


@pytest.mark.processes
def test_a_sweeper_killed_in_the_middle_loses_no_lead_and_returns_none_twice(pool, ann):
    leads = cast.leads_of(ann, 40)
    cast.time_passes(leads, DAY)
    killed_in_the_middle(SWEEPER)
    assert Lead.objects.filter(owner=ann).count() == 40
    assert not Event.objects.filter(kind="leads.timed_out").exists() and not Notice.objects.exists()
    assert sweep()["returned"] == 40
    assert sweep().get("returned", 0) == 0
    assert set(Lead.objects.values_list("returned_count", flat=True)) == {1}
    assert Event.objects.filter(kind="leads.timed_out").count() == 40


@pytest.mark.processes
def test_a_breach_committed_before_its_effect_forgets_the_leads(pool, ann):
    leads = cast.leads_of(ann, 40)
    cast.time_passes(leads, DAY)
    killed_in_the_middle(CARELESS)
    assert sweep().get("returned", 0) == 0
    assert Lead.objects.filter(owner=ann).count() == 40, "nobody returns them any more"
