"""Secrets of inbound webhooks: made here or brought by the platform, shown once, two good while one is exchanged."""

import base64
import binascii
import logging
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads.models import LeadWebhook
from salesflow.clocks.services import database_now
from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.lib.vault import Locked, opened, sealed
from salesflow.people.models import User

log = logging.getLogger(__name__)

PREFIX = "whsec_"
#: A former secret is still good for so long.
EXCHANGE = timedelta(hours=24)
LEAST, MOST = 16, 200


@transaction.atomic
def webhook_secret_set(*, webhook: LeadWebhook, by: User | None, secret: str = "") -> str:
    """Give the webhook a new secret, or the one its platform has made; answers it, for the only time.

    The one before is good for another day. Raises ValidationError (secret), PermissionDenied.
    """
    require(by is None or by.may("web_forms.edit"))
    secret = secret.strip() or PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    _key(secret)
    held = LeadWebhook.objects.select_for_update().get(pk=webhook.pk)
    former = {"former_secret": held.secret, "former_until": Now() + EXCHANGE} if held.secret else {}
    LeadWebhook.objects.filter(pk=held.pk).update(secret=sealed(secret), **former, **touched())
    record("leads.webhook_secret_changed", subject=held, by=by)
    return secret


def webhook_keys(webhook: LeadWebhook) -> list[bytes]:
    """The keys a message may be signed with now; none before a secret was set."""
    boxes = [webhook.secret]
    if webhook.former_until is not None and webhook.former_until > database_now():
        boxes.append(webhook.former_secret)
    try:
        return [_key(opened(box)) for box in boxes if box]
    except Locked:
        log.error("the secret of inbound webhook %s was sealed under another SECRET_KEY", webhook.pk)
        return []


def _key(secret: str) -> bytes:
    """The bytes of a secret: what stands in base64 after `whsec_`, else its letters. Raises ValidationError."""
    fault = ValidationError(
        {"secret": ValidationError(_("A secret has %(least)s to %(most)s letters; after whsec_ it is base64."),
                                   code="invalid", params={"least": LEAST, "most": MOST})}
    )  # fmt: skip
    if not LEAST <= len(secret) <= MOST or not secret.isprintable() or not secret.isascii():
        raise fault
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise fault from None
    if len(key) < LEAST:
        raise fault
    return key
