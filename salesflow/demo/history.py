"""A past for made-up records: what happens to each of them, moment by moment, done by the services themselves.

Services stamp what they do with the present moment. So each deed is done now, and then all there is of its record is
moved as far into the past as there is time until the next one: owners, clocks, tasks and scores find the times they
would have found had somebody waited. Clocks that ran out meanwhile are swept as ever. Events and notices, which
nothing here reads, are moved once at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from leads.models import Lead
from leads.services import events_take, rescore_sweep
from salesflow.clocks.services import database_now
from salesflow.clocks.services import sweep as clocks_sweep
from salesflow.journal.models import Event, Notice
from salesflow.people.models import User

Act = Callable[["Story"], None]
#: Events of one call, as many as the service takes.
MOST_EVENTS = 1000


def pass_by(story: "Story") -> None:
    """Nothing is done; a clock may have run out."""


@dataclass
class Story:
    """What happens to a lead (or another record): the moment of each deed, in order, all of them past."""

    steps: list[tuple[datetime, Act]]
    lead: Lead | None = None
    #: All records that belong to it, by type and id: they move together.
    records: set[tuple[str, int]] = field(default_factory=set)
    #: What the lead did on the website and with mails, to be told in this round.
    behaviour: list[dict[str, Any]] = field(default_factory=list)
    place: int = 0

    @property
    def at(self) -> datetime:
        """The moment of the story that is being played."""
        return self.steps[self.place][0]

    @property
    def is_over(self) -> bool:
        return self.place >= len(self.steps)

    def ahead(self, moment: datetime) -> datetime:
        """When it has to be done by, so that it will have been this moment of the story."""
        return database_now() + (moment - self.at)

    def about(self, lead: Lead) -> None:
        self.lead = lead
        self.records.add(("leads.lead", lead.pk))


@dataclass(frozen=True)
class _Mark:
    """Which events and notices of a story came about in one round, and how long ago that was."""

    record: tuple[str, int]
    events: tuple[int, int]
    notices: tuple[int, int]
    ago: timedelta


class History:
    """Plays stories up to the present moment `end`; the deeds of one round belong to many moments."""

    def __init__(self, stories: Sequence[Story], *, end: datetime, admin: User) -> None:
        self.stories, self.end, self.admin = list(stories), end, admin
        self.marks: list[_Mark] = []
        self.last = (0, 0)

    def play(self, begin: Callable[[], None]) -> None:
        """`begin` enters what the stories are about and does their first steps; every later step is its own act."""
        self.last = self._last_ids()
        begin()
        self._end_round(self.stories)
        while present := [story for story in self.stories if not story.is_over]:
            clocks_sweep()
            for story in present:
                story.steps[story.place][1](story)
            self._end_round(present)
        rescore_sweep()
        self._move_journal()

    def _end_round(self, present: list[Story]) -> None:
        self._report_behaviour(present)
        last = self._last_ids()
        gaps: list[tuple[tuple[str, int], timedelta]] = []
        for story in present:
            then = story.steps[story.place + 1][0] if story.place + 1 < len(story.steps) else self.end
            for record in story.records:
                gaps.append((record, then - story.at))
                self.marks.append(
                    _Mark(record, (self.last[0], last[0]), (self.last[1], last[1]), self.end - story.at)
                )
            story.place += 1
        self.last = last
        _into_the_past(gaps)
        rescore_sweep()

    def _report_behaviour(self, present: list[Story]) -> None:
        items = [item for story in present for item in story.behaviour]
        for start in range(0, len(items), MOST_EVENTS):
            events_take(items=items[start : start + MOST_EVENTS], by=self.admin, strict=True)
        for story in present:
            story.behaviour.clear()

    @staticmethod
    def _last_ids() -> tuple[int, int]:
        newest = (
            model.objects.order_by("-pk").values_list("pk", flat=True).first() for model in (Event, Notice)
        )
        events, notices = (pk or 0 for pk in newest)
        return events, notices

    def _move_journal(self) -> None:
        """Tell what happened at the time it happened, before the chain of events begins.

        The one place where events change: the owner of the tables of an empty workspace, in the transaction that fills
        it, sets aside the guard that refuses it from then on.
        """
        marks: dict[str, Any] = {
            "types": [mark.record[0] for mark in self.marks],
            "ids": [mark.record[1] for mark in self.marks],
            "event_from": [mark.events[0] for mark in self.marks],
            "event_to": [mark.events[1] for mark in self.marks],
            "notice_from": [mark.notices[0] for mark in self.marks],
            "notice_to": [mark.notices[1] for mark in self.marks],
            "ago": [mark.ago for mark in self.marks],
        }
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE journal_event DISABLE TRIGGER event_no_change")
            cursor.execute(_MARKS + _EVENTS, marks)
            cursor.execute("ALTER TABLE journal_event ENABLE TRIGGER event_no_change")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(_MARKS + _NOTICES, marks)


#: Columns of time by table; the key column says which rows are a record's.
_TIMES = {
    "leads_lead": (
        "leads.lead", "id",
        "created_at updated_at owned_since pool_entered_at protected_until disqualified_at converted_at "
        "first_contact_started_at first_contact_due_at first_contacted_at next_follow_up_at last_activity_at "
        "idle_due_at scored_at lower_grade_since",
    ),
    "leads_ownership": ("leads.lead", "lead_id", "started_at first_contacted_at ended_at"),
    "leads_leadassignment": ("leads.lead", "lead_id", "at"),
    "leads_gradechange": ("leads.lead", "lead_id", "at"),
    "leads_leadevent": ("leads.lead", "lead_id", "occurred_at received_at"),
    "leads_scoredue": ("leads.lead", "lead_id", "due_at"),
    "leads_leadimport": (
        "leads.leadimport", "id", "created_at updated_at started_at finished_at undone_at leased_until",
    ),
    "leads_leadimportrow": ("leads.leadimport", "lead_import_id", "at"),
    "contacts_leadconversion": ("leads.lead", "lead_id", "at"),
    "contacts_customer": ("contacts.customer", "id", "created_at updated_at"),
    "contacts_contact": ("contacts.contact", "id", "created_at updated_at"),
    "contacts_opportunity": ("contacts.opportunity", "id", "created_at updated_at"),
    "work_activity": ("", "subject_id", "occurred_at logged_at next_follow_up_at"),
    "work_task": ("", "subject_id", "created_at updated_at due_at remind_at reminded_at done_at"),
    "work_note": ("", "subject_id", "created_at updated_at"),
    "clocks_clock": (
        "", "subject_id",
        "created_at started_at running_since due_at met_at breached_at cancelled_at processed_at next_step_at "
        "failed_at retry_at",
    ),
}  # fmt: skip


def _statement(table: str, kind: str, key: str, columns: str) -> str:
    moved = ", ".join(f"{name} = {name} - gap" for name in columns.split())
    of_kind = f"record = '{kind}'" if kind else "record = subject_type"
    return (
        f"UPDATE {table} SET {moved} FROM unnest(%(types)s::text[], %(ids)s::bigint[], %(gaps)s::interval[])"  # noqa: S608
        f" AS passed(record, record_id, gap) WHERE {key} = record_id AND {of_kind}"
    )


_MOVE = ";\n".join(_statement(table, *rest) for table, rest in _TIMES.items())


def _into_the_past(gaps: list[tuple[tuple[str, int], timedelta]]) -> None:
    """Let so much time have passed for these records and all that hangs on them."""
    values: dict[str, Any] = {
        "types": [type_ for (type_, _id), _gap in gaps],
        "ids": [id_ for (_type, id_), _gap in gaps],
        "gaps": [gap for _record, gap in gaps],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)


_MARKS = """
WITH mark AS (
    SELECT * FROM unnest(%(types)s::text[], %(ids)s::bigint[], %(event_from)s::bigint[], %(event_to)s::bigint[],
        %(notice_from)s::bigint[], %(notice_to)s::bigint[], %(ago)s::interval[])
        AS m(type, id, event_from, event_to, notice_from, notice_to, ago)
), task AS (
    SELECT id, subject_type, subject_id FROM work_task
)
"""
# an event about a task happened when something happened to the record it hangs on
_EVENTS = """
UPDATE journal_event e SET at = e.at - mark.ago
FROM journal_event own
LEFT JOIN task ON own.subject_type = 'work.task' AND task.id = own.subject_id
JOIN mark ON mark.type = coalesce(task.subject_type, own.subject_type)
    AND mark.id = coalesce(task.subject_id, own.subject_id)
    AND own.id > mark.event_from AND own.id <= mark.event_to
WHERE e.id = own.id
"""
# in the order of their time; what is old has been read, and what told of many leads at once is left out
_NOTICES = """
, told AS (
    DELETE FROM journal_notice
    RETURNING id, user_id, kind, subject_type, subject_id, params, dedupe_key, created_at
), dated AS (
    SELECT told.*, told.created_at - mark.ago AS moment
    FROM told
    LEFT JOIN task ON told.subject_type = 'work.task' AND task.id = told.subject_id
    JOIN mark ON mark.type = coalesce(task.subject_type, told.subject_type)
        AND mark.id = coalesce(task.subject_id, told.subject_id)
        AND told.id > mark.notice_from AND told.id <= mark.notice_to
)
INSERT INTO journal_notice (user_id, kind, subject_type, subject_id, params, dedupe_key, created_at, read_at)
SELECT user_id, kind, subject_type, subject_id, params, dedupe_key, moment,
    CASE WHEN moment < now() - interval '2 days' THEN moment + interval '3 hours' END
FROM dated
ORDER BY moment, id
"""
