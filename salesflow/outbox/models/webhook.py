"""Systems outside that are told what happens here, and each telling."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.lib.hosts import check_outside_url
from salesflow.lib.records import Record
from salesflow.outbox.querysets import WebhookDeliveryQuerySet, WebhookQuerySet


class Webhook(Record):
    """An address that is told of events of these kinds (empty: of all) which its owner may see."""

    class Ended(models.TextChoices):
        FAILING = "failing", _("Unreachable for three days")
        GONE = "gone", _("The receiver says it is gone (410)")

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=1000, validators=[check_outside_url])
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("owner"),
        help_text=_("It is told only of what this person may see."),
    )
    kinds = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("kinds of events")
    )
    is_active = models.BooleanField(_("active"), default=True)
    # sealed by salesflow.lib.vault; the former one still signs beside it until `former_until`
    secret_box = models.TextField(editable=False)
    former_box = models.TextField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    # who carries its messages has it until then; nobody else does
    leased_until = models.DateTimeField(null=True, editable=False)
    # after failures in a row it is left alone for a while
    failures = models.PositiveIntegerField(default=0, editable=False)
    paused_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    # why it was made inactive by itself
    ended = models.CharField(
        _("switched off because"), max_length=10, choices=Ended, blank=True, editable=False
    )

    objects: ClassVar[WebhookQuerySet] = WebhookQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended="") | Q(is_active=False), name="webhook_that_ended_is_inactive"
            ),
            models.CheckConstraint(condition=~Q(secret_box=""), name="webhook_has_a_secret"),
            models.CheckConstraint(
                condition=Q(former_box="", former_until=None)
                | ~Q(former_box="") & Q(former_until__isnull=False),
                name="webhook_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """An event on its way to one webhook: written once, repeated under one id until taken or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Given up")

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("webhook")
    )
    # the `webhook-id` of every attempt
    message_id = models.CharField(_("message"), max_length=40, unique=True)
    # of the journal; none for a test
    event_id = models.BigIntegerField(_("event"), null=True)
    kind = models.CharField(_("kind"), max_length=60)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), db_default=Now())
    created_at = models.DateTimeField(_("written"), db_default=Now())
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    # of the last attempt
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    seconds = models.FloatField(_("seconds"), null=True)
    request_headers = models.JSONField(_("request headers"), default=dict)
    response_status = models.PositiveSmallIntegerField(_("status"), null=True)
    response_headers = models.JSONField(_("answer's headers"), default=dict)
    response_body = models.TextField(_("answer"), blank=True)
    error = models.TextField(_("last error"), blank=True)

    objects: ClassVar[WebhookDeliveryQuerySet] = WebhookDeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event_id"], name="webhook_told_once_of_an_event"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False)
                | ~Q(state="delivered") & Q(delivered_at=None),
                name="webhook_delivered_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "due_at", "id"], name="webhook_delivery_due", condition=Q(state="waiting")
            ),
            models.Index(fields=["webhook", "-id"], name="webhook_delivery_log"),
            models.Index(fields=["created_at"], name="webhook_delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.webhook_id}"


class WebhookFeed(models.Model):
    """The one row that says up to which seal of the journal webhooks have been told."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seal_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="webhook_feed_is_one_row")]

    def __str__(self) -> str:
        return f"up to seal {self.seal_id}"
