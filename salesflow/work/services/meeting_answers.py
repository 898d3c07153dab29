"""What guests answer to an invitation: by the link in their mail, or in the application where they are one of us.

The link is signed and names a secret of the invitation; it ends when the meeting is called off or somebody else is the
guest. Opening it changes nothing, since programs that look through mails open links.
"""

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import notify
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User
from salesflow.work.models import Meeting
from salesflow.work.services.invitations import link_signer
from salesflow.work.services.meetings import record_on

NOTE_LIMIT = Meeting._meta.get_field("answer_note").max_length or 0


def meeting_by_link(token: str) -> Meeting | None:
    """The meeting whose guest holds this link; nothing for a link that is forged or has ended."""
    try:
        pk, _dash, key = link_signer().unsign(token).partition("-")
    except signing.BadSignature:
        return None
    rows = Meeting.objects.filter(pk=int(pk), answer_key=key, archived_at=None)
    return rows.exclude(answer_key="").select_related("organiser").first()


@transaction.atomic
def meeting_answer(*, meeting: Meeting, by: User, answer: str, note: str = "") -> Meeting:
    """Answer as a guest who is one of us; the latest answer counts, the same again says nothing new.

    Raises PermissionDenied, ValidationError (`answer`, `note`), Conflict("not_invited" | "invalid_transition" |
    "meeting_over").
    """
    require(by.may("tasks.view"))
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if meeting.guest_id != by.pk or meeting.told is None:
        raise Conflict("not_invited", _("You are not invited to this meeting."))
    return _answered(meeting, by, answer, note)


@transaction.atomic
def meeting_answer_by_link(*, meeting: Meeting, answer: str, note: str = "") -> Meeting:
    """Answer as who holds the link by which `meeting_by_link` found the meeting.

    Raises ValidationError, Conflict("link_ended" | "invalid_transition" | "meeting_over").
    """
    found = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if found.answer_key != meeting.answer_key:
        raise Conflict("link_ended", _("This link has ended."))
    return _answered(found, None, answer, note)


def _answered(meeting: Meeting, by: User | None, answer: str, note: str) -> Meeting:
    note = _read(answer, note)
    if meeting.state != Meeting.State.PLANNED:
        raise Conflict("invalid_transition", _("This meeting is called off."))
    if meeting.ends_at <= timezone.now():
        raise Conflict("meeting_over", _("This meeting is over; it takes no more answers."))
    if (meeting.answer, meeting.answer_note) == (answer, note):
        return meeting
    # not the version: it is about what the organiser writes, whose open form a guest must not make stale
    Meeting.objects.filter(pk=meeting.pk).update(
        answer=answer, answer_note=note, answered_at=Now(), updated_at=Now()
    )
    meeting.refresh_from_db()
    event = record_on("work.meeting_answered", meeting, by, answer=answer)
    params = {
        "meeting": meeting.pk,
        "guest": meeting.guest_name or meeting.guest_email,
        "title": meeting.title,
        "answer": answer,
    }
    key = f"meeting:{meeting.pk}:answer:{event}"
    notify([meeting.organiser], "work.meeting_answered", subject=meeting, params=params, key=key)
    return meeting


def _read(answer: str, note: str) -> str:
    """The note as it is kept; complains of what is no answer."""
    note, errors = note.strip(), {}
    if answer not in Meeting.Answer.values:
        errors["answer"] = ValidationError(_("Choose one of the answers."), code="invalid_choice")
    if "\x00" in note:
        errors["note"] = ValidationError(
            _("Null characters are not allowed."), code="null_characters_not_allowed"
        )
    elif len(note) > NOTE_LIMIT:
        message = _("At most %(most)s characters.") % {"most": NOTE_LIMIT}
        errors["note"] = ValidationError(message, code="max_length")
    if errors:
        raise ValidationError(errors)
    return note
