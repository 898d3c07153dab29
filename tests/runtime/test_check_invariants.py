"""Every promise is asked of the database, holds over a company at work, and is told by its name once it is broken."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from contacts.models import Customer
from contacts.services import lead_convert
from leads.models import Lead, LeadSource, Reason, WebForm
from leads.services import (
    events_take,
    import_run,
    import_upload,
    lead_claim,
    lead_create,
    lead_disqualify,
    lead_edit,
    lead_log_contact,
    lead_merge,
    lead_qualify,
    lead_return,
)
from leads.services.defaults import leads_ensure_defaults
from leads.web.submit import Sent, form_submit
from salesflow.clocks.services import calendar_ensure_defaults, database_now, sweep
from salesflow.files.services import attachment_add
from salesflow.journal.models import Event, Seal, SealedEvent
from salesflow.journal.services import deliveries_carry
from salesflow.lib.invariants import all_invariants, invariant, invariant_check
from salesflow.lib.sweeps import sweep_named
from salesflow.people.services import people_ensure_defaults, user_create
from salesflow.runtime.invariants import QUEUES
from salesflow.work.services import (
    bulk_job_start,
    custom_fields_ensure,
    handover_start,
    note_add,
    task_create,
    task_done,
)
from salesflow.work.services.imports import import_run as records_run
from salesflow.work.services.imports import import_upload as records_upload
from tests.leads import cast

ROWS = (
    "company_name,contact_name,email\n优学教育科技,王晓琳,wang@youxue.example\n"
    ",,nobody@orion.example\nOrion,Kim,kim@orion.example\n"
)


def lead(by: Any, number: int, **more: Any) -> Lead:
    values = {
        "company_name": f"Company {number} Ltd",
        "contact_name": f"Person Number{number}",
        "email": f"p{number}@company{number}.example",
        "phone": f"+8613800000{number:03d}",
        "budget": 400_000,
        **more.pop("values", {}),
    }
    return lead_create(by=by, values=values, **more)


def contacted(one: Lead, by: Any) -> Lead:
    soon = database_now() + timedelta(days=1)
    return lead_log_contact(
        lead=one, by=by, channel="call", direction="outbound", outcome="reached", summary="Spoke with them",
        next_follow_up_at=soon,
    )  # fmt: skip


@pytest.fixture
def company(db: None, settings: Any, tmp_path: Any) -> None:
    """Leads in every state, customers, an import, behaviour, tasks, files, events that are sealed and delivered."""
    settings.MEDIA_ROOT = tmp_path / "files"
    people_ensure_defaults()
    leads_ensure_defaults()
    calendar_ensure_defaults()
    ann = user_create(by=None, email="ann@x.example", name="Ann", password=None, roles=["rep"])
    bob = user_create(by=None, email="bob@x.example", name="Bob", password=None, roles=["rep"])
    ada = user_create(by=None, email="ada@x.example", name="Ada", password=None, roles=["admin"])
    assert deliveries_carry()["processed"] >= 3
    for number in (1, 2):  # waiting for their first contact
        note_add(subject=lead(ann, number, assignment="me"), by=ann, body="Met at the expo")
    for number in (3, 4):
        one = contacted(lead(bob, number, assignment="me"), bob)
        sale = {"name": "200 seats", "amount": 90_000, "currency": "CNY"}
        lead_convert(lead=lead_qualify(lead=one, by=bob), by=bob, opportunity=sale)
    reason = Reason.objects.filter(kind="disqualify").first()
    assert reason is not None
    lead_disqualify(lead=lead(ann, 5, assignment="me"), by=ann, reason=reason)
    late = lead(ann, 6, assignment="me")
    cast.time_passes([late], 86_400)
    assert sweep()["returned"] == 1
    back = lead_return(lead=lead(ann, 7, assignment="me"), by=ann, reason="no_time")
    lead_claim(lead=back, by=bob)
    twin = lead_return(lead=lead(ann, 11, assignment="me"), by=ann, reason="no_time")
    lead_merge(lead=lead(ada, 8, assignment="pool"), duplicate=twin, by=ada)
    lead(ada, 9, assignment="none")
    moving = lead(ada, 10, assignment="pool")
    for better in ({"need_fit": 90, "decision_timeframe_days": 20}, {"title": "CEO", "budget": 2_000_000}):
        lead_edit(lead=moving, by=ada, values=better)
    import_run(job_id=import_upload(file=SimpleUploadedFile("a.csv", ROWS.encode()), by=ann).pk)
    import_run(job_id=import_upload(file=SimpleUploadedFile("b.csv", ROWS.encode()), by=ann).pk)
    firms = SimpleUploadedFile("firms.csv", b"name,city\nArbor,Ulm\n,Bonn\n")
    records_run(job_id=records_upload(file=firms, resource="customers", by=ann).pk)
    happened = {"lead": moving.pk, "kind": "page_view", "occurred_at": database_now().isoformat()}
    events_take(items=[{**happened, "event_id": "1"}, {**happened, "event_id": "2"}], by=ada)
    sweep_named("leads.rescore").run()
    offer = task_done(task=task_create(by=ann, assignee=ann, title="Send the offer"), by=ann)
    for subject in (offer, Customer.objects.first()):
        attachment_add(subject=subject, by=ada, file=SimpleUploadedFile("offer.txt", b"200 seats"))
    task_create(by=ann, assignee=ann, title="Call back")
    web_form = WebForm.objects.create(
        name="Guide",
        source=LeadSource.objects.first(),
        consent_text="Yes",
        consent_version="1",
        allowed_origins=["https://a.test"],
    )
    asked = {"contact_name": "Ida Blum", "email": "ida@blum.test"}
    form_submit(form=web_form, sent=Sent(values=asked, origin="https://a.test", consented=True))
    lead(ada, 11, assignment="pool")
    bulk_job_start(by=ada, resource="leads", action="tag", params={"tag": "fair"}, ids=[moving.pk])
    handover_start(person=ann, by=ada, to=[(bob.pk, 1)])
    custom_fields_ensure(resource="leads", labels={"size": "Size", "fleet": "Fleet"}, by=ada)
    _seal()


def _seal() -> None:
    """As the sealer does once the transaction of the events is over, which here it never is."""
    events = list(Event.objects.order_by("pk"))
    seal = Seal.objects.create(last_event_id=events[-1].pk, events=len(events), hash="")
    SealedEvent.objects.bulk_create(SealedEvent(event=event, seal=seal) for event in events)


def answer(*words: str) -> dict[str, Any]:
    out = StringIO()
    try:
        call_command("check_invariants", "--json", *words, stdout=out)
    except CommandError:
        assert json.loads(out.getvalue())["ok"] is False
    return json.loads(out.getvalue())


def test_a_company_at_work_keeps_every_promise(company: None):
    """And each is a statement that its author's world gives something to look at."""
    told = answer()
    assert told["broken"] == [] and told["ok"] is True
    assert told["checked"] == len(told["names"]) == len(all_invariants()) > 60


#: What somebody with the database's own rights does to break each promise.
BREACHES = {
    "clocks.breach_is_stamped_with_its_end": "UPDATE clocks_clock SET breached_at = due_at - interval '1 s'"
    " WHERE state = 'breached'",
    "clocks.effects_succeed": "UPDATE clocks_clock SET attempts = 5 WHERE state = 'running'",
    "clocks.met_in_time_is_no_breach": "UPDATE clocks_clock SET met_at = due_at WHERE state = 'met'",
    "clocks.one_default_calendar": "UPDATE clocks_businesscalendar SET is_default = true",
    "clocks.one_open_per_record": "UPDATE clocks_clock SET subject_id = 0 WHERE state = 'running'",
    "clocks.running_is_due": "UPDATE clocks_clock SET due_at = due_at + interval '1 s' WHERE state = 'running'",
    "clocks.running_is_swept": "UPDATE clocks_clock SET next_step_at = due_at + interval '1 s' WHERE state = 'running'",
    "clocks.stopped_is_not_swept": "UPDATE clocks_clock SET next_step_at = now() WHERE state = 'met'",
    "contacts.conversion_hangs_together": "UPDATE contacts_contact SET customer_id = (SELECT max(id)"
    " FROM contacts_customer)",
    "contacts.converted_lead_has_one_conversion": "DELETE FROM contacts_leadconversion",
    "contacts.credit_makes_the_whole": "INSERT INTO contacts_creditsplit (opportunity_id, user_id, percent)"
    " SELECT max(id), (SELECT max(id) FROM people_user), 99 FROM contacts_opportunity",
    "contacts.keys_are_filled": "UPDATE contacts_customer SET name_key = NULL",
    "contacts.nothing_hangs_on_a_missing_record": "DELETE FROM contacts_opportunity",
    "contacts.one_customer_per_credit_code": "UPDATE contacts_customer SET credit_code_key = 'X'",
    "contacts.opportunity_asks_its_customers_people": "UPDATE contacts_opportunity SET currency = ''",
    "contacts.people_are_found_by_their_address": "UPDATE contacts_contact SET email_key = NULL",
    "files.every_attachment_was_told": "DELETE FROM journal_event WHERE kind = 'files.attached'",
    "files.every_content_is_attached": "DELETE FROM files_attachment",
    "files.pictures_can_be_looked_at": "UPDATE files_attachment SET kind = 'png'",
    "journal.deliveries_end_with_a_time": "UPDATE journal_delivery SET done_at = NULL",
    "journal.guards_are_on": "ALTER TABLE journal_seal DISABLE TRIGGER seal_no_change",
    "journal.no_delivery_is_given_up": "UPDATE journal_delivery SET state = 'dead', done_at = NULL",
    "journal.private_parts_are_bound": "UPDATE journal_event SET private_digest = ''",
    "journal.seals_count_their_events": "DELETE FROM journal_sealedevent WHERE event_id ="
    " (SELECT min(event_id) FROM journal_sealedevent)",
    "leads.behaviour_counts_once": "UPDATE leads_leadevent SET event_id = 'same'",
    "leads.clock_obeys_the_policy_of_its_grade": "UPDATE leads_firstcontactpolicy SET limit_seconds = 60",
    "leads.clock_runs_for_an_uncontacted_lead": "UPDATE leads_lead SET archived_at = now() WHERE status = 'assigned'",
    "leads.contact_in_time_beats_the_clock": "UPDATE leads_ownership SET first_contacted_at = started_at"
    " WHERE end_reason = 'expired'",
    "leads.contact_is_of_the_present_ownership": "UPDATE leads_lead SET first_contacted_at = now()"
    " WHERE status = 'assigned'",
    "leads.each_return_happened_once": "UPDATE leads_lead SET returned_count = 2 WHERE returned_count = 1",
    "leads.ended_import_has_its_time": "UPDATE leads_leadimport SET finished_at = NULL",
    "leads.ended_is_out_of_work": "UPDATE leads_lead SET disqualify_reason_id = NULL",
    "leads.every_grade_has_a_policy": "DELETE FROM leads_firstcontactpolicy WHERE grade = 'B'",
    "leads.every_lead_is_scored": "UPDATE leads_lead SET scored_at = NULL",
    "leads.every_lead_was_entered": "DELETE FROM journal_event WHERE kind = 'leads.created'",
    "leads.expired_by_its_clock": "UPDATE leads_ownership SET ended_at = started_at + interval '1 s'"
    " WHERE end_reason = 'expired'",
    "leads.consent_follows_its_submission": "UPDATE leads_consent SET lead_id = (SELECT max(id) FROM leads_lead)",
    "leads.grade_changes_are_on_record": "UPDATE leads_gradechange SET new = 'C'",
    "leads.grade_fits_the_score": "UPDATE leads_lead SET grade = 'A'",
    "leads.import_counts_add_up": "DELETE FROM leads_leadimportrow WHERE result = 'skipped'",
    "leads.imported_row_has_its_lead": "UPDATE leads_leadimportrow SET lead_id = NULL WHERE result = 'created'",
    "leads.in_pool_has_no_owner": "UPDATE leads_lead SET owner_id = (SELECT min(id) FROM people_user) WHERE in_pool",
    "leads.incomplete_cannot_be_reached": "UPDATE leads_lead SET incomplete = true",
    "leads.keys_are_filled": "UPDATE leads_lead SET phone_keys = '{}'",
    "leads.lead_shows_its_clock": "UPDATE leads_lead SET first_contact_due_at = now() WHERE status = 'assigned'",
    "leads.merged_lead_leads_on": "UPDATE leads_leadmerge SET undone_at = now()",
    "leads.nothing_hangs_on_a_missing_lead": "DELETE FROM leads_lead WHERE status = 'disqualified'",
    "leads.one_default_pool": "UPDATE leads_pool SET is_default = false",
    "leads.one_model_grades": "DELETE FROM leads_scoringmodel",
    "leads.open_lead_is_somewhere": "UPDATE leads_lead SET in_pool = false, pool_id = NULL WHERE in_pool",
    "leads.open_ownership_has_its_owner": "UPDATE leads_lead SET owner_id = NULL WHERE status = 'assigned'",
    "leads.owner_has_one_open_ownership": "DELETE FROM leads_ownership WHERE ended_at IS NULL",
    "leads.ownership_ends_for_a_reason": "UPDATE leads_ownership SET end_reason = ''",
    "leads.ownership_is_explained": "DELETE FROM leads_leadassignment",
    "leads.ownerships_follow_one_another": "UPDATE leads_ownership SET ended_at = NULL, end_reason = ''",
    "leads.protection_counts_from_entry": "UPDATE leads_lead SET protected_until = now() WHERE in_pool",
    "leads.refused_row_says_why": "UPDATE leads_leadimportrow SET reason = '' WHERE result = 'rejected'",
    "leads.score_is_the_sum_of_its_parts": "UPDATE leads_lead SET fit_score = fit_score + 5",
    "leads.status_says_whether_contacted": "UPDATE leads_lead SET status = 'contacted' WHERE status = 'assigned'",
    "leads.uncontacted_has_one_clock": "DELETE FROM clocks_clock WHERE state = 'running'",
    "leads.waiting_downgrade_is_one": "UPDATE leads_lead SET lower_grade_since = created_at - interval '1 s'",
    "leads.work_has_an_owner": "UPDATE leads_lead SET status = 'new' WHERE status = 'assigned'",
    "people.addresses_are_one_persons": "UPDATE people_user SET email = 'Ann@x.example' WHERE name = 'Bob'",
    "people.kept_answers_are_whole": "INSERT INTO people_idempotentanswer (user_id, key, request_hash, headers, body)"
    " SELECT min(id), 'k', '', '{}', '' FROM people_user",
    "people.one_workspace": "DELETE FROM people_workspace",
    "people.roles_are_there": "DELETE FROM people_role WHERE code = 'legal'",
    "runtime.constraints_are_in_force": "ALTER TABLE leads_pool DROP CONSTRAINT default_pool_is_not_archived",
    "runtime.nothing_due_waits_for_clocks_due": "UPDATE clocks_clock SET next_step_at = now() - interval '1 h'"
    " WHERE state = 'running'",
    "runtime.nothing_due_waits_for_journal_deliveries": "UPDATE journal_delivery SET state = 'waiting',"
    " done_at = NULL, due_at = now() - interval '1 h'",
    "runtime.nothing_due_waits_for_leads_hand_out": "INSERT INTO leads_handout (lead_id, due_at, attempts)"
    " SELECT id, now() - interval '1 h', 0 FROM leads_lead WHERE in_pool",
    "runtime.nothing_due_waits_for_leads_idle": "UPDATE leads_lead SET idle_due_at = now() - interval '1 h'",
    "runtime.nothing_due_waits_for_leads_imports": "UPDATE leads_leadimport SET status = 'queued',"
    " updated_at = now() - interval '1 h'",
    "runtime.nothing_due_waits_for_leads_rescore": "INSERT INTO leads_scoredue (lead_id, due_at, cause)"
    " SELECT id, now() - interval '1 h', 'event' FROM leads_lead ON CONFLICT (lead_id) DO UPDATE SET"
    " due_at = excluded.due_at",
    "runtime.nothing_due_waits_for_work_reminders": "UPDATE work_task SET remind_at = now() - interval '1 h',"
    " reminded_at = NULL WHERE state = 'open'",
    "runtime.nothing_is_half_built": "ALTER TABLE leads_pool ADD CONSTRAINT later CHECK (id > 0) NOT VALID",
    "runtime.triggers_are_on": "ALTER TABLE leads_scoringmodel DISABLE TRIGGER scoring_model_frozen",
    "work.activities_say_what_was_said": "UPDATE work_activity SET summary = ' '",
    "work.bulk_jobs_account_for_each_record": "DELETE FROM work_bulkjobrow",
    "work.custom_fields_have_their_index": "UPDATE work_customfield SET index_state = 'ready'",
    "work.custom_fields_have_one_meaning": "UPDATE work_customfield SET key = 'size'",
    "work.done_tasks_have_their_time": "UPDATE work_task SET done_at = NULL",
    "work.handovers_account_for_each_record": "DELETE FROM work_handoverrow",
    "work.imports_account_for_each_row": "DELETE FROM work_importrow WHERE result = 'rejected'",
    "work.refused_row_says_why": "UPDATE work_importrow SET reason = '' WHERE result = 'rejected'",
    "work.no_file_hangs_on_a_missing_task": "DELETE FROM work_task",
}

#: What stands before a breach is taken away, as its owner may: constraints, conditional indexes, triggers.
_UNGUARDED = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND (contype IN ('c', 'f') OR conname = ANY(%s)) LOOP
        EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', each.place, each.conname);
    END LOOP;
    FOR each IN SELECT indexrelid::regclass AS place FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE indisunique AND indpred IS NOT NULL AND c.relnamespace = current_schema()::regnamespace LOOP
        EXECUTE format('DROP INDEX %%s', each.place);
    END LOOP;
    FOR each IN SELECT DISTINCT tgrelid::regclass AS place FROM pg_trigger WHERE NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE %%s DISABLE TRIGGER USER', each.place);
    END LOOP;
END $$
"""
_UNIQUE = ["lead_event_once", "custom_field_key_once"]
#: These look at what is taken away.
_STRUCTURAL = (
    "journal.guards_are_on", "runtime.constraints_are_in_force", "runtime.nothing_is_half_built",
    "runtime.triggers_are_on",
)  # fmt: skip


def run(statement: str, arguments: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def test_each_promise_is_told_by_its_name_once_it_is_broken(company: None):
    run(
        "INSERT INTO runtime_sweeprun (name, by, started_at, finished_at, succeeded_at, result, error)"
        " SELECT name, 'test', now(), now(), now(), '{}', '' FROM unnest(%s) AS each(name)",
        [list(QUEUES)],
    )
    run("SET CONSTRAINTS ALL IMMEDIATE")
    asked = all_invariants()
    assert sorted(BREACHES) == [each.name for each in asked]
    unseen = [each.name for each in asked if each.name in _STRUCTURAL and not _is_told(each)]
    run("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0")  # vacuum may be at work on a table
    run(_UNGUARDED, [_UNIQUE])
    unseen += [each.name for each in asked if each.name not in _STRUCTURAL and not _is_told(each)]
    assert unseen == []


def _is_told(asked: Any) -> bool:
    with transaction.atomic():
        held = not invariant_check(asked).broken
        run(BREACHES[asked.name])
        found = invariant_check(asked)
        transaction.set_rollback(True)
    return held and found.broken > 0 and found.offenders != []


def test_the_command_names_the_offenders_and_fails(company: None):
    waiting = Lead.objects.filter(status="assigned", archived_at=None).order_by("pk")
    Lead.objects.filter(pk=waiting[0].pk).update(first_contact_due_at=database_now())
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 promises broken"):
        call_command(
            "check_invariants",
            "--only",
            "leads.lead_shows_its_clock",
            "--only",
            "leads.one_default_pool",
            stdout=out,
        )
    assert f"broken by leads.lead {waiting[0].pk}" in out.getvalue() and "1 of 2 hold" in out.getvalue()
    (told,) = answer("--only", "leads")["broken"]
    assert (told["name"], told["count"], told["offenders"]) == (
        "leads.lead_shows_its_clock",
        1,
        [waiting[0].pk],
    )


def test_twenty_offenders_are_named_and_all_are_counted(db: None):
    many = invariant(
        "tests.numbers", "There are no numbers.", of="n", sql="SELECT generate_series(1, 25) AS id"
    )
    try:
        found = invariant_check(many)
        with pytest.raises(ValueError, match="two promises"):
            invariant("tests.numbers", "There are some.", of="n", sql="SELECT 1 AS id")
    finally:
        from salesflow.lib import invariants

        del invariants._invariants["tests.numbers"]
    assert (found.broken, found.offenders) == (25, list(range(1, 21)))


def test_an_unknown_promise_is_told(db: None):
    with pytest.raises(CommandError, match="no promise called nonsense"):
        call_command("check_invariants", "--only", "nonsense")
