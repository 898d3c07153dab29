"""One log row is audit trail, timeline, outbox and the source of notices.

Events hold no personal values: those stand apart in `EventPrivate`, bound to the event by a digest, so that
erasing a person leaves the chain of events provably intact.
"""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that happened. Insert-only: triggers refuse UPDATE, DELETE and TRUNCATE."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    private_digest = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # the writing transaction: readers in order wait until no older transaction can still add rows
    txid = models.BigIntegerField(
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField())
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_timeline"),
            models.Index(fields=["kind", "at"], name="event_kind_at"),
            models.Index(fields=["actor", "-id"], name="event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class EventPrivate(models.Model):
    """Personal values of an event (old and new field values, free text); may be erased, the event stays."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="private")
    salt = models.CharField(max_length=32)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"private part of event {self.event_id}"


class Seal(models.Model):
    """A link of the chain over consecutive events: hash = SHA-256(previous hash + canonical events)."""

    id = models.BigAutoField(primary_key=True)
    last_event_id = models.BigIntegerField()
    events = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"seal {self.pk}"


class SealedEvent(models.Model):
    """Which seal an event went into; the order inside a seal is that of the ids."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="sealed")
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="members")

    def __str__(self) -> str:
        return f"event {self.event_id} in seal {self.seal_id}"


class Delivery(models.Model):
    """An event on its way to one subscriber: written with the event, carried after commit, one effect."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        DEAD = "dead", _("Given up")

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once_per_subscriber"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} of event {self.event_id}: {self.state}"


class Notice(models.Model):
    """A line in somebody's inbox. The text is made from `kind` and `params` in the reader's language."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict)
    # the same news is told once: a repeated effect meets this key
    dedupe_key = models.CharField(max_length=120, null=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    # since when it goes the further ways its reader wants, such as mail
    carried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "dedupe_key"], name="notice_told_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_inbox"),
            models.Index(fields=["user"], name="notice_unread", condition=Q(read_at=None)),
            models.Index(fields=["id"], name="notice_to_carry", condition=Q(carried_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for user {self.user_id}"
