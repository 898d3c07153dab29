"""What becomes of an attachment: renamed, removed, brought back."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.files import policies
from salesflow.files.content.names import clean_name, printed
from salesflow.files.models import Attachment
from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.lib.subjects import subject_of
from salesflow.people.models import User


@transaction.atomic
def attachment_rename(*, attachment: Attachment, by: User, name: str) -> Attachment:
    """Call it otherwise; the ending stays one that its content has."""
    subject = _worked_on(attachment, by, policies.can_rename)
    if not printed(name):
        raise ValidationError({"name": ValidationError(_("A name is needed."), code="required")})
    now = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment.pk)
    wanted = clean_name(name, now.made_of)
    if wanted != now.name:
        Attachment.objects.filter(pk=now.pk).update(name=wanted, **touched())
        changes = {"name": (now.name, wanted)}
        record("files.renamed", subject=subject, by=by, data={"attachment": now.pk}, changes=changes)
    return Attachment.objects.get(pk=now.pk)


@transaction.atomic
def attachment_remove(*, attachment: Attachment, by: User) -> None:
    """Take it off its record; nothing is destroyed."""
    subject = _worked_on(attachment, by, policies.can_remove)
    here = Attachment.objects.filter(pk=attachment.pk, archived_at=None)
    if here.update(archived_at=Now(), **touched()):
        record("files.removed", subject=subject, by=by, data={"attachment": attachment.pk})


@transaction.atomic
def attachment_restore(*, attachment: Attachment, by: User) -> None:
    """Put it back on its record."""
    subject = _worked_on(attachment, by, policies.can_remove)
    away = Attachment.objects.filter(pk=attachment.pk, archived_at__isnull=False)
    if away.update(archived_at=None, **touched()):
        record("files.restored", subject=subject, by=by, data={"attachment": attachment.pk})


def _worked_on(attachment: Attachment, by: User, allowed: Callable[[User, Any], bool]) -> Any:
    """The record it hangs on, for somebody who sees it and may work on it."""
    subject = subject_of(attachment.subject_type).visible(by).filter(pk=attachment.subject_id).first()
    require(subject is not None and allowed(by, subject))
    return subject
