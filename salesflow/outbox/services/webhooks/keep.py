"""Keeping webhooks: made, changed, given another secret, put out of use."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.lib.vault import sealed
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.outbox.policies import can_archive_webhook, can_edit_webhook, can_own_webhook
from salesflow.outbox.services.errands import wake
from salesflow.outbox.services.webhooks.kinds import webhook_kinds
from salesflow.people.models import User

FIELDS = ("name", "url", "owner", "kinds", "is_active")
#: How long the former secret signs beside a new one.
OVERLAP = timedelta(hours=24)


@transaction.atomic
def webhook_create(*, by: User, owner: User | None = None, **values: Any) -> tuple[Webhook, str]:
    """Make a webhook and give it with its secret (`whsec_…`), which is never to be had again.

    It tells of what `owner` may see, who is `by` unless `by` keeps the webhooks of all.
    """
    owner = owner or by
    require(can_own_webhook(by, owner))
    secret = _new_secret()
    webhook = Webhook(owner=owner, secret_box=sealed(secret), **values)
    _check(webhook)
    webhook.save()
    record("outbox.webhook_created", subject=webhook, by=by)
    return Webhook.objects.get(pk=webhook.pk), secret


@transaction.atomic
def webhook_change(*, webhook: Webhook, by: Any, **values: Any) -> Webhook:
    """Change a webhook. Made active, or led to another address, it takes up at once what waits."""
    require(can_edit_webhook(by, webhook))
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    changed = {name for name in FIELDS if name in values and getattr(held, name) != values[name]}
    if not changed:
        return held
    if "owner" in changed:
        require(can_own_webhook(by, values["owner"]))
    for name in changed:
        setattr(held, name, values[name])
    if changed & {"is_active", "url"}:
        held.failing_since, held.failures, held.paused_until = None, 0, None
    if held.is_active:
        held.ended = ""
    _check(held)
    held.save()
    Webhook.objects.filter(pk=held.pk).update(**touched())
    if changed & {"is_active", "url"}:
        WebhookDelivery.objects.filter(webhook=held, state=WebhookDelivery.State.WAITING).update(due_at=Now())
        wake()
    record("outbox.webhook_changed", subject=held, by=by, data={"fields": sorted(changed)})
    return Webhook.objects.get(pk=held.pk)


@transaction.atomic
def webhook_rotate(*, webhook: Webhook, by: Any) -> tuple[Webhook, str]:
    """Give a webhook another secret; for a day messages carry the signatures of both."""
    require(can_edit_webhook(by, webhook))
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    secret = _new_secret()
    Webhook.objects.filter(pk=held.pk).update(
        former_box=held.secret_box, former_until=Now() + OVERLAP, secret_box=sealed(secret), **touched()
    )
    record("outbox.webhook_secret_renewed", subject=held, by=by)
    return Webhook.objects.get(pk=held.pk), secret


@transaction.atomic
def webhook_archive(*, webhook: Webhook, by: Any) -> None:
    """Tell this address nothing more; archiving twice is no error."""
    require(can_archive_webhook(by, webhook))
    if Webhook.objects.filter(pk=webhook.pk, archived_at=None).update(archived_at=Now(), **touched()):
        record("outbox.webhook_archived", subject=webhook, by=by)


@transaction.atomic
def webhook_restore(*, webhook: Webhook, by: Any) -> None:
    """Take a webhook into use again, from now on."""
    require(can_archive_webhook(by, webhook))
    rows = Webhook.objects.filter(pk=webhook.pk, archived_at__isnull=False)
    if rows.update(archived_at=None, **touched()):
        record("outbox.webhook_restored", subject=webhook, by=by)


def _check(webhook: Webhook) -> None:
    unknown = sorted(set(webhook.kinds) - set(webhook_kinds()))
    if unknown:
        message = _("There is no such kind of event: %s.") % unknown[0]
        raise ValidationError({"kinds": ValidationError(message, code="unknown_kind")})
    webhook.kinds = sorted(set(webhook.kinds))
    webhook.full_clean(exclude=["secret_box", "former_box", "former_until"])


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
