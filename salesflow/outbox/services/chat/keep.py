"""Keeping chat groups: made, changed, tried out, put out of use."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.journal.texts import notice_kinds
from salesflow.lib.errors import Conflict, require
from salesflow.lib.hosts import check_outside_url
from salesflow.lib.records import touched
from salesflow.lib.vault import sealed
from salesflow.outbox.models import ChatGroup, ChatMessage
from salesflow.outbox.services.errands import wake
from salesflow.people.models import User
from salesflow.people.services.workspace import workspace

FIELDS = ("name", "tool", "kinds", "team", "is_active")


@transaction.atomic
def chat_group_create(*, by: User, url: str, secret: str = "", **values: Any) -> ChatGroup:
    """Make a chat group. Address and secret are kept sealed, and nobody is shown them again."""
    require(by.may("workspace.edit"))
    group = ChatGroup(url_box=_sealed_url(url), secret_box=sealed(secret), **values)
    _check(group)
    group.save()
    record("outbox.chat_group_created", subject=group, by=by)
    return ChatGroup.objects.get(pk=group.pk)


@transaction.atomic
def chat_group_change(
    *, group: ChatGroup, by: User, url: str | None = None, secret: str | None = None, **values: Any
) -> ChatGroup:
    """Change a chat group; `url` and `secret` None keep the present ones, an empty secret takes it away.

    With another tool the address must be given anew: no secret goes to a place it was not meant for.
    """
    require(by.may("workspace.edit"))
    held = ChatGroup.objects.select_for_update().get(pk=group.pk)
    changed = {name for name in FIELDS if name in values and getattr(held, name) != values[name]}
    for name in changed:
        setattr(held, name, values[name])
    if "tool" in changed and not url:
        message = _("Enter the address again: it was for another tool.")
        raise ValidationError({"url": ValidationError(message, code="required")})
    if url:
        held.url_box = _sealed_url(url)
        changed.add("url")
    if secret is not None:
        held.secret_box = sealed(secret)
        changed.add("secret")
    if not changed:
        return held
    _check(held)
    held.save()
    ChatGroup.objects.filter(pk=held.pk).update(next_at=Now(), **touched())
    record("outbox.chat_group_changed", subject=held, by=by, data={"fields": sorted(changed)})
    return ChatGroup.objects.get(pk=held.pk)


@transaction.atomic
def chat_group_archive(*, group: ChatGroup, by: User) -> None:
    """Tell this group nothing more; archiving twice is no error."""
    require(by.may("workspace.edit"))
    if ChatGroup.objects.filter(pk=group.pk, archived_at=None).update(archived_at=Now(), **touched()):
        record("outbox.chat_group_archived", subject=group, by=by)


@transaction.atomic
def chat_group_restore(*, group: ChatGroup, by: User) -> None:
    """Take a group into use again, from now on."""
    require(by.may("workspace.edit"))
    rows = ChatGroup.objects.filter(pk=group.pk, archived_at__isnull=False)
    if rows.update(archived_at=None, **touched()):
        ChatMessage.objects.filter(group=group, sent_at=None).delete()
        record("outbox.chat_group_restored", subject=group, by=by)


@transaction.atomic
def chat_group_test(*, group: ChatGroup, by: User) -> None:
    """Put a message to try things out on its way, also to an inactive group; it is tried once."""
    require(by.may("workspace.edit"))
    if group.archived_at is not None:
        raise Conflict("archived", _("This is not in use."))
    with translation.override(workspace().language):
        text = _("Messages of %(workspace)s arrive here.") % {"workspace": workspace().name}
    ChatMessage.objects.create(group=group, key=secrets.token_hex(16), text=text, is_test=True)
    wake()


def _sealed_url(url: str) -> str:
    try:
        check_outside_url(url)
    except ValidationError as error:
        raise ValidationError({"url": error}) from None
    return sealed(url)


def _check(group: ChatGroup) -> None:
    unknown = sorted(set(group.kinds) - set(notice_kinds()))
    if unknown:
        message = _("There is no such kind of notice: %s.") % unknown[0]
        raise ValidationError({"kinds": ValidationError(message, code="unknown_kind")})
    group.kinds = sorted(set(group.kinds))
    if group.secret_box and group.tool not in ChatGroup.SIGNING:
        message = _("Robots of this tool sign nothing; leave the secret empty.")
        raise ValidationError({"secret": ValidationError(message, code="no_secret")})
    group.full_clean(exclude=["url_box", "secret_box"])
