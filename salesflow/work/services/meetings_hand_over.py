"""Meetings to come as a kind of record that is handed over, or called off when their organiser leaves.

A new organiser is told as RFC 5546 says (“Changing the Organizer”): one REQUEST under the same UID, from the new
one, with SEQUENCE raised. There is no CANCEL of the old: it would take the meeting out of the guest's calendar.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.records import touched
from salesflow.lib.subjects import visible_subjects
from salesflow.outbox.services import mails_write
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.handover import HandoverKind, HandoverResult, Move, Subject
from salesflow.work.models import Meeting
from salesflow.work.services.invitations import CANCEL, REQUEST, invitation_mails
from salesflow.work.services.tasks_hand_over import recipients


def _rows(person: User) -> QuerySet[Meeting]:
    """Those that begin yet: what was, and what is going on, stays his."""
    return Meeting.objects.filter(
        organiser=person, state=Meeting.State.PLANNED, archived_at=None, starts_at__gt=Now()
    )


def _about(ids: Sequence[int]) -> dict[int, Subject]:
    """A meeting goes with the record it is on."""
    rows = Meeting.objects.filter(pk__in=ids).exclude(subject_type="")
    return {pk: (type_, id_) for pk, type_, id_ in rows.values_list("pk", "subject_type", "subject_id")}


def meetings_hand_over(move: Move) -> list[HandoverResult]:
    """Give the meetings to come of one person to others; each guest who was invited is told by one mail."""
    results, meetings = _asked(
        move,
        lambda meeting: policies.can_assign_task(move.by, move.given[meeting.pk]),
        _("You may not give this meeting to this person."),
    )
    for to in {move.given[meeting.pk] for meeting in meetings}:
        _organised_by(to, [meeting.pk for meeting in meetings if move.given[meeting.pk] == to])
    _journal(
        "work.meeting_changed",
        meetings,
        move,
        lambda meeting: {"changes": {"organiser": [move.person.pk, move.given[meeting.pk].pk]}},
    )
    mails_write(invitation_mails(_invited(meetings), REQUEST, before=move.person))
    return results


def meetings_call_off(move: Move) -> list[HandoverResult]:
    """Call the meetings to come of one person off; each guest who was invited is told by one mail."""
    results, meetings = _asked(move, lambda meeting: True, _("You may not call this meeting off."))
    Meeting.objects.filter(pk__in=[meeting.pk for meeting in meetings]).update(
        state=Meeting.State.CANCELLED, answer_key="", **_next_state(), **touched()
    )
    _journal("work.meeting_cancelled", meetings, move, lambda meeting: {})
    mails_write(invitation_mails(_invited(meetings), CANCEL))
    return results


def _asked(
    move: Move, also: Callable[[Meeting], bool], refusal: str
) -> tuple[list[HandoverResult], list[Meeting]]:
    """Lock the meetings; what becomes of each, and those of which that is what was wished."""
    held = _rows(move.person).filter(pk__in=move.given).order_by("pk").select_for_update(no_key=True)
    found = {meeting.pk: meeting for meeting in held}
    results, right = [], []
    for id_ in move.given:
        meeting = found.get(id_)
        if meeting is None:
            gone = _("This meeting was called off, moved or held meanwhile.")
            results.append(HandoverResult(id_, "changed_since", gone))
        elif not (policies.can_edit_meeting(move.by, meeting) and also(meeting)):
            results.append(HandoverResult(id_, "forbidden", refusal))
        else:
            right.append(meeting)
            results.append(HandoverResult(id_))
    return results, right


def _next_state() -> dict[str, Any]:
    """A change the guest is told of, if he was invited."""
    following = F("sequence") + 1
    return {"sequence": following, "told": Case(When(told__isnull=False, then=following))}


def _organised_by(to: User, ids: list[int]) -> None:
    """One who was the guest is that no more: he invites now."""
    rows = Meeting.objects.filter(pk__in=ids)
    rows.filter(Q(guest=to) | Q(guest_email__iexact=to.email)).update(
        guest=None,
        guest_name="",
        guest_email="",
        told=None,
        answer="",
        answer_note="",
        answered_at=None,
        answer_key="",
    )
    rows.update(organiser=to, **_next_state(), **touched())


def _invited(meetings: Iterable[Meeting]) -> QuerySet[Meeting]:
    """As they stand now, those whose guest knows of them."""
    rows = Meeting.objects.filter(pk__in=[meeting.pk for meeting in meetings], told__isnull=False)
    return rows.select_related("organiser").order_by("pk")


def _journal(
    kind: str, meetings: Sequence[Meeting], move: Move, said: Callable[[Meeting], dict[str, Any]]
) -> None:
    """As `meetings` records: on the record a meeting is on, where there is one the person sees, else on itself."""
    named = [(meeting.subject_type, meeting.subject_id) for meeting in meetings]
    seen = visible_subjects(move.by, named)
    record_many(
        EventDraft(
            kind,
            *(on if on in seen else ("work.meeting", meeting.pk)),
            move.by.pk,
            {"meeting": meeting.pk, "handover": move.handover_id},
            {"note": meeting.title, **said(meeting)},
        )
        for meeting, on in zip(meetings, named, strict=True)
    )


MEETINGS = HandoverKind(
    "meetings", gettext_lazy("Meetings"), "work.meeting", 95, _rows, recipients, meetings_hand_over, _about,
    meetings_call_off,
)  # fmt: skip
