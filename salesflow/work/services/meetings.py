"""Meetings: planned, changed, called off; `invitations` says what the guest is told of it."""

from copy import copy
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
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
    _record("work.meeting_planned", meeting, by)
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
        meeting.told = None
    _write(meeting, *changes, "sequence", "told")
    _record("work.meeting_changed", meeting, by)
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
        _record("work.meeting_invited", meeting, by)
    return meeting


@transaction.atomic
def meeting_cancel(*, meeting: Meeting, by: User) -> Meeting:
    """Call a meeting off; a guest who was invited is told."""
    meeting = _locked(meeting, by)
    meeting.state = Meeting.State.CANCELLED
    meeting.sequence += 1
    _write(meeting, "state", "sequence")
    if meeting.told is not None:
        _tell(meeting, CANCEL)
    _record("work.meeting_cancelled", meeting, by)
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


def _record(kind: str, meeting: Meeting, by: User) -> None:
    """News of the record the meeting is on, where there is one he may see; else of the meeting itself."""
    named = (meeting.subject_type, meeting.subject_id)
    subject = visible_subjects(by, [named]).get(named)  # type: ignore[call-overload]
    record(
        kind, subject=subject or meeting, by=by, data={"meeting": meeting.pk}, private={"note": meeting.title}
    )


def _tell(meeting: Meeting, method: str) -> None:
    mails_write(invitation_mails([meeting], method))
    meeting.told = meeting.sequence
    Meeting.objects.filter(pk=meeting.pk).update(told=meeting.told)


def planned_of(user: User) -> Any:
    """One's own meetings that still take place."""
    return Meeting.objects.visible_to(user).filter(
        organiser=user, state=Meeting.State.PLANNED, archived_at=None
    )
