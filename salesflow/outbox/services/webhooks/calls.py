"""Carrying messages to their webhooks: one carrier for each webhook at a time, so that a slow one waits for itself."""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber
from django.utils import timezone

from salesflow.lib.http import Answer, NoAnswer, NotCalled, post
from salesflow.lib.vault import Locked, opened
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.outbox.services.errands import Errand, Tell, source
from salesflow.outbox.services.patience import LEASE
from salesflow.outbox.services.webhooks.kinds import TEST
from salesflow.outbox.services.webhooks.outcome import outcome_write
from salesflow.outbox.services.webhooks.signature import signed_headers

#: Messages one carrier takes along; all of them fit into the lease, however slow the receiver is.
BATCH = 5
#: Characters of an answer that are kept.
KEPT = 2000


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt; `fault` is a code where no answer came, `ends` says that the carrier comes home."""

    delivery: WebhookDelivery
    sent: dict[str, str]
    answer: Answer | None = None
    fault: str = ""
    ends: bool = False

    @property
    def is_ok(self) -> bool:
        return self.answer is not None and self.answer.is_ok

    @property
    def is_of_the_address(self) -> bool:
        """Whether other messages would fare no better: no answer, an error of the server, too many, moved, gone."""
        status = self.answer.status if self.answer else 0
        return not self.is_ok and (status < 400 or status >= 500 or status in (404, 410, 429))


def register() -> None:
    source("webhooks", _claim)


def _claim(free: int) -> list[Errand]:
    """Webhooks that have something due and that nobody carries to, with the first of what is due."""
    with transaction.atomic():
        due = _due().filter(webhook=OuterRef("pk"))
        idle = Webhook.objects.filter(Q(leased_until=None) | Q(leased_until__lte=Now()), Exists(due))
        waited = F("paused_until").asc(nulls_first=True)
        webhooks = list(idle.select_for_update(skip_locked=True).order_by(waited, "pk")[:free])
        Webhook.objects.filter(pk__in=[each.pk for each in webhooks]).update(leased_until=Now() + LEASE)
        # the place in the row of each webhook; those that one carrier cannot take wait for the next
        place = Window(RowNumber(), partition_by="webhook_id", order_by=["due_at", "id"])
        rows = _due().filter(webhook__in=webhooks).alias(place=place).filter(place__lte=BATCH)
        deliveries = list(rows.order_by("due_at", "id"))
    now = timezone.now()
    carriers = [
        _Carrier(each, [row for row in deliveries if row.webhook_id == each.pk], _secrets(each, now))
        for each in webhooks
    ]
    return [carrier.errand for carrier in carriers]


def _due() -> QuerySet[WebhookDelivery]:
    """What may go now: tests always, the others where the webhook is active and not left alone for a while."""
    rested = Q(webhook__paused_until=None) | Q(webhook__paused_until__lte=Now())
    may_go = Q(kind=TEST) | Q(webhook__is_active=True) & rested
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, due_at__lte=Now())
    return waiting.filter(may_go, webhook__archived_at=None)


def _secrets(webhook: Webhook, now: datetime) -> list[str]:
    """Which secrets sign now; none when they cannot be read any more."""
    try:
        found = [opened(webhook.secret_box)]
        if webhook.former_until is not None and webhook.former_until > now:
            found.append(opened(webhook.former_box))
    except Locked:
        return []
    return found


@dataclass
class _Carrier:
    webhook: Webhook
    deliveries: list[WebhookDelivery]
    secrets: list[str]
    errand: Errand = field(init=False)

    def __post_init__(self) -> None:
        self.errand = Errand(self.do, outcome_write)

    def do(self, tell: Tell) -> None:
        for number, delivery in enumerate(self.deliveries, 1):
            outcome = _attempt(
                self.webhook.url, delivery, self.secrets, is_last=number == len(self.deliveries)
            )
            tell(outcome)
            if outcome.ends:
                return


def _attempt(url: str, delivery: WebhookDelivery, secrets: list[str], *, is_last: bool) -> Outcome:
    body = json.dumps(delivery.payload, cls=DjangoJSONEncoder, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    answer, fault = None, ""
    if secrets:
        headers |= signed_headers(
            message_id=delivery.message_id, at=int(time.time()), body=body, secrets=secrets
        )
        try:
            answer = post(url, body, headers, most=KEPT)
        except (NoAnswer, NotCalled) as error:
            fault = error.code
        except ValidationError:
            fault = "inside_address"
    else:
        fault = "locked"
    outcome = Outcome(delivery, headers, answer, fault)
    return Outcome(delivery, headers, answer, fault, ends=is_last or outcome.is_of_the_address)


#: So much longer than the slowest batch is the lease.
assert timedelta(seconds=10 * BATCH) < LEASE
