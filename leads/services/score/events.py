"""Taking behaviour in: validated one by one, resolved and stored together, each event once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads.models import Lead
from leads.policies import can_report_behaviour
from leads.services.reveal import masked_from
from leads.services.score.event_input import EventDraft, event_read
from leads.services.score.sweep import rescore_soon
from leads.services.score.visitors import visitors_lock
from salesflow.lib.errors import require
from salesflow.lib.prepared import Statement
from salesflow.people.models import User

MOST_EVENTS = 1000


def events_take(*, items: Sequence[Any], by: User, strict: bool = False) -> list[dict[str, Any]]:
    """Take up to 1,000 events of leads' behaviour; answers each with `accepted`, `duplicate` or `rejected` and why.

    An event names its lead by `lead` (id), `visitor` or `email`, in this order of weight; one of a visitor or address
    nobody knows yet is kept and joins the lead that later turns out to be theirs. An `event_id` seen before
    changes nothing. The leads are scored again after commit. Visitors are held, so that what comes while one of them
    sends a form is his lead's too. With `strict` a faulty event raises its
    ValidationError and none is stored.
    """
    require(can_report_behaviour(by))
    if len(items) > MOST_EVENTS:
        message = _("At most %(most)s events at a time.") % {"most": MOST_EVENTS}
        raise ValidationError({"events": ValidationError(message, code="too_many")})
    answers: list[dict[str, Any]] = [{"result": "accepted"} for _each in items]
    drafts: list[EventDraft] = []
    for place, item in enumerate(items):
        try:
            drafts.append(event_read(item, place=place))
        except ValidationError as error:
            if strict:
                raise
            answers[place] = _rejected(error)
    with transaction.atomic():
        visitors_lock(draft.visitor for draft in drafts if draft.visitor)
        known = _known_leads(drafts, by, answers, strict)
        _resolve(drafts, known, by)
        stored, touched = _store(drafts)
        touched |= _join_visitors(drafts)
        if touched:
            rescore_soon(touched, cause="event")
    for draft in drafts:
        if draft.place not in stored:
            answers[draft.place] = {"result": "duplicate"}
    return answers


def events_join(leads: Iterable[Lead]) -> None:
    """Give new leads the events that were kept under their e-mail address; inside the caller's transaction."""
    by_key = {lead.email_key: lead for lead in leads if lead.email_key}
    if not by_key:
        return
    joined = {row[0] for row in _JOIN.rows(list(by_key), [lead.pk for lead in by_key.values()])}
    if joined:
        rescore_soon(joined, cause="event")
    for lead in by_key.values():
        if lead.pk in joined:
            lead.scored = None  # there is more to tell now


_JOIN = Statement(
    """
    UPDATE leads_leadevent e SET lead_id = m.lead_id
    FROM unnest(%s::text[], %s::bigint[]) AS m(email_key, lead_id)
    WHERE e.lead_id IS NULL AND e.email_key = m.email_key
    RETURNING e.lead_id
    """
)


def _rejected(error: ValidationError) -> dict[str, Any]:
    return {
        "result": "rejected",
        "errors": [
            {"field": field, "code": each.code or "invalid", "message": each.messages[0]}
            for field, faults in error.error_dict.items()
            for each in faults
        ],
    }


def _known_leads(
    drafts: list[EventDraft], by: User, answers: list[dict[str, Any]], strict: bool
) -> dict[int, int]:
    """Named leads that this person may see, each with the lead it was merged into; others are rejected."""
    named = {draft.lead_id for draft in drafts if draft.lead_id is not None}
    rows = (
        Lead.objects.visible_to(by).filter(pk__in=named).values_list("pk", "merged_into_id") if named else ()
    )
    known = {pk: merged or pk for pk, merged in rows}
    for draft in [draft for draft in drafts if draft.lead_id is not None and draft.lead_id not in known]:
        unknown = ValidationError({"lead": ValidationError(_("There is no such lead."), code="unknown_lead")})
        if strict:
            raise unknown
        answers[draft.place] = _rejected(unknown)
        drafts.remove(draft)
    return known


def _resolve(drafts: list[EventDraft], known: dict[int, int], by: User) -> None:
    """Set `lead_id` wherever it can be told: by id, by address, by a visitor met before or in the same call."""
    by_email = _leads_of_emails({draft.email_key for draft in drafts if draft.email_key}, by)
    for draft in drafts:
        draft.lead_id = known[draft.lead_id] if draft.lead_id is not None else by_email.get(draft.email_key)
    strangers = {draft.visitor for draft in drafts if draft.visitor and draft.lead_id is None}
    if strangers:
        visitors = _leads_of_visitors(strangers)
        visitors |= {draft.visitor: draft.lead_id for draft in drafts if draft.visitor and draft.lead_id}
        for draft in drafts:
            draft.lead_id = draft.lead_id or visitors.get(draft.visitor)


def _leads_of_emails(keys: set[str], by: User) -> dict[str | None, int]:
    """The newest lead of each address; one still in work before one that has ended."""
    if not keys:
        return {}
    ended = (Lead.Status.CONVERTED, Lead.Status.DISQUALIFIED)
    rows = Lead.objects.visible_to(by).current().filter(email_key__in=keys)
    if (masked := masked_from(by)) is not None:
        rows = rows.exclude(masked)
    found = sorted(
        rows.values_list("email_key", "status", "pk"), key=lambda row: (row[1] not in ended, row[2])
    )
    return {key: pk for key, _status, pk in found}


def _leads_of_visitors(visitors: set[str]) -> dict[str, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (e.visitor) e.visitor, coalesce(l.merged_into_id, l.id)
            FROM leads_leadevent e JOIN leads_lead l ON l.id = e.lead_id
            WHERE e.visitor = ANY(%s) AND e.visitor <> '' AND e.lead_id IS NOT NULL
            ORDER BY e.visitor, e.id DESC
            """,
            [sorted(visitors)],
        )
        return dict(cursor.fetchall())


def _store(drafts: list[EventDraft]) -> tuple[set[int], set[int]]:
    """Insert what was not there; gives the places stored and the leads touched."""
    if not drafts:
        return set(), set()
    first: dict[str, int] = {}
    for draft in drafts:
        if draft.event_id is not None:
            first.setdefault(draft.event_id, draft.place)
    fresh = [d for d in drafts if d.event_id is None or first[d.event_id] == d.place]
    columns = [
        [d.event_id for d in fresh], [d.lead_id for d in fresh], [d.visitor for d in fresh],
        [d.email_key for d in fresh], [d.kind for d in fresh], [d.occurred_at for d in fresh],
        [d.url for d in fresh], [d.dwell_seconds for d in fresh],
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO leads_leadevent (event_id, lead_id, visitor, email_key, kind, occurred_at, url,
                dwell_seconds, data)
            SELECT x.*, '{}' FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                %s::timestamptz[], %s::text[], %s::int[]) x
            ON CONFLICT (event_id) DO NOTHING
            RETURNING event_id, lead_id
            """,
            columns,
        )
        rows = cursor.fetchall()
    inserted = {event_id for event_id, _lead in rows if event_id is not None}
    stored = {d.place for d in fresh if d.event_id is None or d.event_id in inserted}
    return stored, {lead_id for _event, lead_id in rows if lead_id is not None}


def _join_visitors(drafts: list[EventDraft]) -> set[int]:
    """Whoever is known now was the same person before: his anonymous events join his lead."""
    pairs = {draft.visitor: draft.lead_id for draft in drafts if draft.visitor and draft.lead_id}
    if not pairs:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE leads_leadevent e SET lead_id = m.lead_id
            FROM unnest(%s::text[], %s::bigint[]) AS m(visitor, lead_id)
            WHERE e.lead_id IS NULL AND e.visitor <> '' AND e.visitor = m.visitor
            RETURNING e.lead_id
            """,
            [list(pairs), list(pairs.values())],
        )
        return {row[0] for row in cursor.fetchall()}
