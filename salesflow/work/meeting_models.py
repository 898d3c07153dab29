"""A meeting that is planned, and how far its guest knows of it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record
from salesflow.work.querysets import MeetingQuerySet


class Meeting(Record):
    """`sequence` counts what a guest must be told of; `told` is the last of it he was told, if he was invited.

    `answer` is the guest's, empty till he gives one; `answer_key` is the secret of the link in his mail, empty when
    none is alive. Where he is one of us, `guest` says who.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        CANCELLED = "cancelled", _("Cancelled")

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("invitation", "Accepted")
        TENTATIVE = "tentative", pgettext_lazy("invitation", "Tentative")
        DECLINED = "declined", pgettext_lazy("invitation", "Declined")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    place = models.CharField(_("place"), max_length=200, blank=True)
    details = models.TextField(_("details"), blank=True, max_length=5000)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    organiser = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="meetings",
        verbose_name=_("organiser"),
        db_index=False,
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    guest_name = models.CharField(_("guest"), max_length=120, blank=True)
    guest_email = models.EmailField(_("guest's e-mail"), max_length=254, blank=True)
    guest = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="meetings_as_guest",
        verbose_name=_("guest"),
    )
    answer = models.CharField(
        pgettext_lazy("invitation", "answer"), max_length=10, choices=Answer, blank=True
    )
    answer_note = models.CharField(_("note"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answer_key = models.CharField(max_length=32, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    told = models.PositiveIntegerField(null=True, editable=False)

    objects: ClassVar[MeetingQuerySet] = MeetingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="meeting_has_a_title"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(told=None) | Q(told__lte=F("sequence")), name="meeting_told_is_not_ahead"
            ),
            models.CheckConstraint(condition=Q(told=None) | ~Q(guest_email=""), name="meeting_told_somebody"),
            models.CheckConstraint(
                condition=Q(answer="", answer_note="", answered_at=None)
                | ~Q(answer="") & Q(answered_at__isnull=False, told__isnull=False),
                name="meeting_answer_is_of_who_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(answer_key="") | Q(told__isnull=False, state="planned"),
                name="meeting_link_is_of_who_is_asked",
            ),
            models.CheckConstraint(
                condition=Q(subject_type="", subject_id=None)
                | ~Q(subject_type="") & Q(subject_id__isnull=False),
                name="meeting_subject_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["organiser", "starts_at", "id"], name="meeting_of_person"),
            models.Index(fields=["subject_type", "subject_id"], name="meeting_of_subject"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_url("meeting", self.pk)
