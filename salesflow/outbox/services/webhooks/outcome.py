"""Writing down what came of an attempt: taken, to be tried again, given up; an address that fails for days is ended."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.journal.services import notify, record
from salesflow.lib.records import touched
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.outbox.services.webhooks.kinds import TEST
from salesflow.outbox.services.webhooks.patience import (
    ATTEMPTS,
    FAILING,
    asked_wait,
    pause_after,
    wait_after,
)
from salesflow.people.models import User

if TYPE_CHECKING:
    from salesflow.outbox.services.webhooks.calls import Outcome

State = WebhookDelivery.State
#: In words for whoever looks at the log.
FAULTS = {
    "inside_address": gettext_lazy("The address leads into the own network; it was not called."),
    "not_https": gettext_lazy("Only https addresses are called."),
    "unknown_host": gettext_lazy("There is no server of this name."),
    "unreachable": gettext_lazy("The server takes no connections."),
    "timed_out": gettext_lazy("No whole answer came within ten seconds."),
    "bad_certificate": gettext_lazy("The server's certificate is not to be trusted."),
    "broken_off": gettext_lazy("The server broke the connection off."),
    "locked": gettext_lazy("The secret cannot be read any more: renew it."),
}


@transaction.atomic
def outcome_write(outcome: "Outcome") -> bool:
    """Write one attempt down; gives whether the message was taken."""
    webhook = Webhook.objects.select_for_update().get(pk=outcome.delivery.webhook_id)
    is_test = outcome.delivery.kind == TEST
    wait = asked_wait(outcome.answer.headers) if outcome.answer and not outcome.is_ok else timedelta()
    _write_delivery(outcome, 1 if is_test else ATTEMPTS, wait)
    if outcome.ends:
        webhook.leased_until = None
    if not is_test:
        _judge(webhook, outcome, wait)
    fields = ("leased_until", "failing_since", "failures", "paused_until")
    webhook.save(update_fields=fields)
    return outcome.is_ok


def _write_delivery(outcome: "Outcome", most: int, wait: timedelta) -> None:
    attempts = outcome.delivery.attempts + 1
    values: dict[str, Any] = {
        "attempts": attempts,
        "attempted_at": Now(),
        "request_headers": outcome.sent,
        "response_status": None,
        "response_headers": {},
        "response_body": "",
        "seconds": None,
        "error": "",
    }
    if outcome.answer is not None:
        values |= {
            "response_status": outcome.answer.status,
            "response_headers": {name: value[:500] for name, value in outcome.answer.headers.items()},
            "response_body": outcome.answer.body.decode(errors="replace").replace("\0", ""),
            "seconds": round(outcome.answer.seconds, 3),
        }
    if outcome.is_ok:
        values |= {"state": State.DELIVERED, "delivered_at": Now()}
    else:
        values["error"] = _said(outcome)
        values["due_at"] = Now() + max(wait_after(attempts), wait)
        values["state"] = State.DEAD if attempts >= most else State.WAITING
    WebhookDelivery.objects.filter(pk=outcome.delivery.pk, state=State.WAITING).update(**values)


def _said(outcome: "Outcome") -> str:
    if outcome.answer is None:
        return str(FAULTS[outcome.fault])
    if 300 <= outcome.answer.status < 400:
        return _("The receiver leads elsewhere (%(status)s), which is not followed.") % {
            "status": outcome.answer.status
        }
    return _("The receiver answered %(status)s.") % {"status": outcome.answer.status}


def _judge(webhook: Webhook, outcome: "Outcome", wait: timedelta) -> None:
    """How the address is doing as a whole."""
    if not outcome.is_of_the_address:
        webhook.failing_since, webhook.failures, webhook.paused_until = None, 0, None
        return
    now = timezone.now()
    webhook.failing_since = webhook.failing_since or now
    webhook.failures += 1
    webhook.paused_until = now + max(pause_after(webhook.failures), wait)
    if outcome.answer is not None and outcome.answer.status == 410:
        _end(webhook, Webhook.Ended.GONE)
    elif now - webhook.failing_since >= FAILING:
        _end(webhook, Webhook.Ended.FAILING)


def _end(webhook: Webhook, why: str) -> None:
    """Tell this address nothing more, and tell those who can see to it."""
    active = Webhook.objects.filter(pk=webhook.pk, is_active=True)
    if not active.update(is_active=False, ended=why, **touched()):
        return
    record("outbox.webhook_ended", subject=webhook, by=None, data={"why": why})
    people = User.objects.with_role("admin") | User.objects.active().filter(pk=webhook.owner_id).distinct()
    key = f"webhook-{webhook.pk}-ended-{int(timezone.now().timestamp())}"
    notify(people, f"outbox.webhook_{why}", subject=webhook, params={"name": webhook.name}, key=key)
