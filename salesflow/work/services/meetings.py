"""Meetings: planned, changed, called off; `invitations` says what the guest is told, `meeting_answers` what he says."""

import secrets
from copy import copy
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.subjects import type_of, visible_subjects
from salesflow.outbox.services import mails_write
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.models import Meeting
from salesflow.work.services.invitations import CANCEL, REQUEST, invitation_mails

EDITABLE = ("title", "place", "details", "starts_at", "ends_at", "guest_name", "guest_email")
#: What the guest must be told when it changes.
TOLD = ("title", "place", "details", "starts_at", "ends_at")
LONGEST = timedelta(days=14)
ANSWER = ("answer", "answer_note", "answered_at", "answer_key")


@transaction.atomic
def meeting_plan(*, by: User, subject: Model | None = None, **values: Any) -> Meeting:
    """Plan a meeting of one's own, on a record one may work on or on none (`EDITABLE`). Nobody is told by this."""
    require(by.may("tasks.create"))
    if subject is not None:
        require(policies.can_work_on(by, type_of(subject), subject))
    meeting = Meeting(
        organiser=by,
        subject_type=type_of(subject) if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
    )
    _set(meeting, values)
    meeting.save(force_insert=True)
    record_on("work.meeting_planned", meeting, by)
    return meeting


@transaction.atomic
def meeting_change(
    *, meeting: Meeting, by: User, expected_version: int | None = None, **values: Any
) -> Meeting:
    """Change a planned meeting. An invited guest is told; one who is no longer the guest, that it is off.

    Raises ValidationError, PermissionDenied, Conflict("stale_version" | "invalid_transition").
    """
    meeting = _locked(meeting, by)
    if expected_version is not None and expected_version != meeting.version:
        words = _("Somebody else changed this meanwhile.")
        raise Conflict("stale_version", words, {"version": meeting.version})
    before = copy(meeting)
    changes = _set(meeting, values)
    if not changes:
        return meeting
    if changes & set(TOLD):
        meeting.sequence += 1
    if meeting.guest_email != before.guest_email and before.told is not None:
        # as he knows it: who comes instead of him, and what changes with that, is not his
        mails_write(invitation_mails([before], CANCEL))
        meeting.told, meeting.answer_key = None, ""
    if meeting.told is None or changes & {"starts_at", "ends_at"}:
        # who said yes said it to another time
        meeting.answer, meeting.answer_note, meeting.answered_at = "", "", None
    _write(meeting, *changes, "guest", "sequence", "told", *ANSWER)
    record_on("work.meeting_changed", meeting, by)
    if meeting.told is not None and meeting.told < meeting.sequence:
        _tell(meeting, REQUEST)
    return meeting


@transaction.atomic
def meeting_invite(*, meeting: Meeting, by: User) -> Meeting:
    """Mail the guest an invitation his calendar understands; who knows of this state already is not told twice."""
    meeting = _locked(meeting, by)
    if not meeting.guest_email:
        message = _("The guest's e-mail address is needed.")
        raise ValidationError({"guest_email": ValidationError(message, code="required")})
    if meeting.told != meeting.sequence:
        _tell(meeting, REQUEST)
        record_on("work.meeting_invited", meeting, by)
    return meeting


@transaction.atomic
def meeting_cancel(*, meeting: Meeting, by: User) -> Meeting:
    """Call a meeting off; a guest who was invited is told, and the link in his mails ends."""
    meeting = _locked(meeting, by)
    meeting.state, meeting.answer_key = Meeting.State.CANCELLED, ""
    meeting.sequence += 1
    _write(meeting, "state", "sequence", "answer_key")
    if meeting.told is not None:
        _tell(meeting, CANCEL)
    record_on("work.meeting_cancelled", meeting, by)
    return meeting


def _locked(meeting: Meeting, by: User) -> Meeting:
    # not joined with the organiser: a row whose organiser changes while one waits for it would not be found
    found = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    require(policies.can_edit_meeting(by, found))
    if found.state != Meeting.State.PLANNED:
        raise Conflict("invalid_transition", _("This meeting is called off."))
    return found


def _set(meeting: Meeting, values: dict[str, Any]) -> set[str]:
    """Set and check values; gives the names of those that changed."""
    unknown = {name: ValidationError(_("Unknown field."), code="unknown_field")
               for name in values if name not in EDITABLE}  # fmt: skip
    if unknown:
        raise ValidationError(unknown)
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    changes = {name for name, value in values.items() if getattr(meeting, name) != value}
    for name in changes:
        setattr(meeting, name, values[name])
    for name in changes:
        if isinstance(values[name], str) and "\x00" in values[name]:
            raise ValidationError(
                {
                    name: ValidationError(
                        _("Null characters are not allowed."), code="null_characters_not_allowed"
                    )
                }
            )
    if "guest_email" in changes:
        meeting.guest = User.objects.active().filter(email=meeting.guest_email.lower()).first()
    meeting.clean_fields(exclude={field.name for field in Meeting._meta.fields} - set(EDITABLE))
    length = meeting.ends_at - meeting.starts_at
    if not timedelta(0) < length <= LONGEST:
        message = _("A meeting ends after it starts, within two weeks.")
        raise ValidationError({"ends_at": ValidationError(message, code="invalid")})
    return changes


def _write(meeting: Meeting, *columns: str) -> None:
    values = {name: getattr(meeting, name) for name in columns}
    Meeting.objects.filter(pk=meeting.pk).update(**values, **touched())
    meeting.refresh_from_db(fields=["version", "updated_at"])


def record_on(kind: str, meeting: Meeting, by: User | None, **data: Any) -> int:
    """News of the record the meeting is on, where there is one he may see; else of the meeting itself.

    For somebody without an account the organiser's sight counts. Gives the id of the event.
    """
    named = (meeting.subject_type, meeting.subject_id)
    seen = visible_subjects(by or meeting.organiser, [named])
    subject = seen.get(named)  # type: ignore[call-overload]
    told = {"meeting": meeting.pk, **data}
    return record(kind, subject=subject or meeting, by=by, data=told, private={"note": meeting.title})


def _tell(meeting: Meeting, method: str) -> None:
    if method == REQUEST and not meeting.answer_key:
        meeting.answer_key = secrets.token_hex(16)
    mails_write(invitation_mails([meeting], method))
    meeting.told = meeting.sequence
    Meeting.objects.filter(pk=meeting.pk).update(told=meeting.told, answer_key=meeting.answer_key)


def planned_of(user: User) -> Any:
    """One's own meetings that still take place, and those one is invited to and has not declined."""
    invited = Q(guest=user, told__isnull=False) & ~Q(answer=Meeting.Answer.DECLINED)
    rows = Meeting.objects.visible_to(user).filter(state=Meeting.State.PLANNED, archived_at=None)
    return rows.filter(Q(organiser=user) | invited).select_related("organiser")
