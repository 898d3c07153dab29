"""What people do on any record: activities, tasks, notes; and how they look at lists."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.lib.addresses import record_url
from salesflow.lib.records import OnSubject, Record
from salesflow.work.bulk_models import BulkJob as BulkJob
from salesflow.work.bulk_models import BulkJobRow as BulkJobRow
from salesflow.work.custom_models import CustomField as CustomField
from salesflow.work.export_models import Export as Export
from salesflow.work.feed_models import CalendarFeed as CalendarFeed
from salesflow.work.follow_models import Follow as Follow
from salesflow.work.follow_models import FollowFeed as FollowFeed
from salesflow.work.handover_models import Handover as Handover
from salesflow.work.handover_models import HandoverRow as HandoverRow
from salesflow.work.import_models import Import as Import
from salesflow.work.import_models import ImportRow as ImportRow
from salesflow.work.import_models import ImportTrialKey as ImportTrialKey
from salesflow.work.meeting_models import Meeting as Meeting
from salesflow.work.mentions import mentions_plain
from salesflow.work.querysets import ActivityQuerySet, NoteQuerySet, SavedViewQuerySet, TaskQuerySet


class Channel(models.TextChoices):
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    MESSAGE = "message", _("Message")
    MEETING = "meeting", _("Meeting")
    VISIT = "visit", _("Visit")


class Direction(models.TextChoices):
    OUTBOUND = "outbound", _("Outbound")
    INBOUND = "inbound", _("Inbound")


class Outcome(models.TextChoices):
    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    LEFT_MESSAGE = "left_message", _("Left a message")
    REPLIED = "replied", _("Replied")


class Activity(OnSubject):
    """A communication that took place, with its summary; never edited, only followed by another."""

    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome, blank=True)
    summary = models.TextField(_("summary"), max_length=5000)
    next_follow_up_at = models.DateTimeField(_("next follow-up"), null=True, blank=True)
    occurred_at = models.DateTimeField(_("took place"), db_default=Now())
    logged_at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="activities"
    )
    # first_contact, or another role the logging service gives it
    purpose = models.CharField(max_length=30, blank=True)

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.CheckConstraint(condition=~Q(summary=""), name="activity_has_a_summary"),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="activity_timeline"),
            models.Index(fields=["by", "-occurred_at"], name="activity_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"


class Task(Record):
    """Something a person is to do by a time, on a record or on its own."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    title = models.CharField(_("title"), max_length=200)
    details = models.TextField(_("details"), blank=True, max_length=5000)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("assignee")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=30, default="task")  # follow_up is made by logging a contact
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    remind_at = models.DateTimeField(_("remind"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[TaskQuerySet] = TaskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done") & Q(done_at=None),
                name="task_done_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(subject_type="", subject_id=None)
                | ~Q(subject_type="") & Q(subject_id__isnull=False),
                name="task_subject_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_at", "id"], name="task_open_of_person", condition=Q(state="open")
            ),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="task_of_subject"),
            models.Index(
                fields=["remind_at"], name="task_reminder_due", condition=Q(state="open", reminded_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_url("task", self.pk)


class Note(OnSubject, Record):
    body = models.TextField(_("note"), max_length=20000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[NoteQuerySet] = NoteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["subject_type", "subject_id", "-id"], name="note_timeline")]

    def __str__(self) -> str:
        return mentions_plain(self.body)[:60]


class SavedView(Record):
    """A named state of a list: its query string, of its owner alone or shared with a team or with everybody.

    What a shared view shows is decided for each reader anew: `owner=me` means himself, and what he may not see stays
    unseen.
    """

    class Audience(models.TextChoices):
        PRIVATE = "private", _("Only me")
        TEAM = "team", _("A team")
        EVERYBODY = "everybody", _("Everybody")

    resource = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    position = models.PositiveSmallIntegerField(default=0)
    audience = models.CharField(
        _("shared with"),
        max_length=10,
        choices=Audience,
        default=Audience.PRIVATE,
        db_default=Audience.PRIVATE,
    )
    team = models.ForeignKey(
        "people.Team", null=True, blank=True, on_delete=models.CASCADE, verbose_name=_("team")
    )

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "resource", "name"], name="saved_view_name_once_per_owner"
            ),
            models.CheckConstraint(
                condition=Q(audience="team", team__isnull=False) | Q(~Q(audience="team"), team__isnull=True),
                name="saved_view_of_a_team_names_it",
            ),
        ]
        indexes = [
            models.Index(fields=["resource"], name="saved_view_shared", condition=~Q(audience="private"))
        ]

    def __str__(self) -> str:
        return self.name


class OpeningView(models.Model):
    """The view in which a list opens for the holders of a role."""

    role = models.ForeignKey("people.Role", on_delete=models.CASCADE)
    resource = models.CharField(max_length=60)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="opens_for")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "resource"], name="list_opens_in_one_view_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.resource} for role {self.role_id}"
