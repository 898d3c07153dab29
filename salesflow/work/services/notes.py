"""Notes on records."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.lib.subjects import subject_named, type_of
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.models import Note
from salesflow.work.services.follows import follow_what_i_write
from salesflow.work.services.mentions import mentions_read, mentions_tell

BODY_LIMIT = 20_000


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({"body": ValidationError(_("An empty note says nothing."), code="required")})
    if len(text) > BODY_LIMIT or "\x00" in text:
        raise ValidationError({"body": ValidationError(_("This note is too long."), code="max_length")})
    return text


@transaction.atomic
def note_add(*, subject: Model, by: User, body: str) -> Note:
    """Put a note on a record's timeline; who writes it follows the record, unless he does not want to.

    People it mentions are told (`mentions_read` says how and whom). Raises ValidationError, PermissionDenied.
    """
    type_ = type_of(subject)
    require(policies.can_work_on(by, type_, subject))
    named = mentions_read(_checked(body), subject=subject, by=by, field="body")
    note = Note.objects.create(subject_type=type_, subject_id=subject.pk, by=by, body=_checked(named.text))
    told = {"mentions": [user.pk for user in named.new]} if named.new else {}
    record("work.note_added", subject=subject, by=by, data={"note": note.pk, **told})
    mentions_tell(named, subject=subject, by=by, key=f"note-{note.pk}")
    follow_what_i_write(subject=subject, by=by)
    return note


@transaction.atomic
def note_edit(*, note: Note, by: User, body: str) -> Note:
    """Change one's own note; what it said stays in the journal. Only who is mentioned anew is told."""
    note = Note.objects.select_for_update().get(pk=note.pk)
    require(policies.can_edit_note(by, note))
    subject = subject_named(note.subject_type, note.subject_id)
    named = mentions_read(_checked(body), subject=subject, by=by, field="body", before=note.body)
    text = _checked(named.text)
    if text != note.body:
        Note.objects.filter(pk=note.pk).update(body=text, **touched())
        record("work.note_edited", subject=note, by=by, changes={"body": (note.body, text)})
        mentions_tell(named, subject=subject, by=by, key=f"note-{note.pk}")
    return Note.objects.get(pk=note.pk)


@transaction.atomic
def note_archive(*, note: Note, by: User) -> None:
    """Take one's own note off the timeline."""
    require(policies.can_edit_note(by, note))
    if Note.objects.filter(pk=note.pk, archived_at=None).update(archived_at=Now(), **touched()):
        record("work.note_archived", subject=note, by=by)


@transaction.atomic
def note_restore(*, note: Note, by: User) -> None:
    """Put one's own note back on the timeline."""
    require(policies.can_edit_note(by, note))
    if Note.objects.filter(pk=note.pk, archived_at__isnull=False).update(archived_at=None, **touched()):
        record("work.note_restored", subject=note, by=by)
