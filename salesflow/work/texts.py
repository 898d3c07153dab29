"""What the events and notices of tasks, notes and activities say."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_config_events, register_event, register_notice
from salesflow.work.following import news_words
from salesflow.work.models import CustomField, Meeting

EVENTS = {
    "work.activity_logged": (_("Activity logged"), "phone"),
    "work.note_added": (_("Note added"), "note"),
    "work.note_edited": (_("Note changed"), "pencil"),
    "work.note_archived": (_("Note put away"), "archive"),
    "work.note_restored": (_("Note put back"), "rotate-clockwise"),
    "work.task_created": (_("Task created"), "checkbox"),
    "work.task_changed": (_("Task changed"), "pencil"),
    "work.task_done": (_("Task done"), "circle-check"),
    "work.task_cancelled": (_("Task cancelled"), "circle-x"),
    "work.task_reopened": (_("Task opened again"), "rotate-clockwise"),
    "work.task_archived": (_("Task put away"), "archive"),
    "work.task_restored": (_("Task put back"), "rotate-clockwise"),
    "work.bulk_started": (_("Change of many records started"), "player-play"),
    "work.bulk_cancelled": (_("Change of many records stopped"), "player-pause"),
    "work.bulk_undone": (_("Change of many records undone"), "arrow-back-up"),
    "work.handover_started": (_("Handover of this person's records started"), "user-share"),
    "work.handover_ended": (_("Handover of this person's records ended"), "user-share"),
    "work.export_started": (_("Export asked for"), "file-export"),
    "work.export_done": (_("Export written"), "file-export"),
    "work.export_cancelled": (_("Export cancelled"), "hand-stop"),
    "work.export_downloaded": (_("Export downloaded"), "download"),
    "work.import_uploaded": (_("File uploaded"), "upload"),
    "work.import_started": (_("Import started"), "player-play"),
    "work.import_reread": (_("Read in another way"), "table"),
    "work.import_retried": (_("Import taken up again"), "reload"),
    "work.import_done": (_("Import finished"), "file-import"),
    "work.import_failed": (_("An import could not be read to its end"), "alert-triangle"),
    "work.import_cancelled": (_("Import cancelled"), "hand-stop"),
    "work.import_undone": (_("Import undone"), "arrow-back-up"),
    "work.meeting_planned": (_("Meeting planned"), "calendar-plus"),
    "work.meeting_changed": (_("Meeting changed"), "calendar-time"),
    "work.meeting_invited": (_("Guest invited to the meeting"), "mail"),
    "work.meeting_answered": (_("Invitation to the meeting answered"), "mail"),
    "work.meeting_cancelled": (_("Meeting called off"), "calendar-x"),
    "work.feed_made": (_("New address of the calendar feed"), "calendar"),
    "work.feed_ended": (_("Address of the calendar feed ended"), "calendar-off"),
    "work.view_shared": (_("View of a list shared"), "users"),
    "work.view_opened_for": (_("View made the first one for roles"), "bookmark"),
    "work.custom_field_created": (_("Custom field created"), "forms"),
}


def task_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    """The task itself: a reminder may stand on the record the task hangs on."""
    return reverse("task", args=[params.get("task") or subject_id])


def own_tasks(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("tasks")


BULK_NOTICES = {
    "work.bulk_done": (_("Your change is done: %(done)s records, %(refused)s refused"), "circle-check"),
    "work.bulk_undone": (_("Your change is undone: %(undone)s of %(done)s records"), "arrow-back-up"),
    "work.bulk_failed": (_("Your change of many records broke off after %(done)s"), "alert-triangle"),
}


HANDOVER_NOTICES = {
    "work.handover_done": (
        _("The handover of %(person)s is done: %(moved)s moved, %(refused)s stayed"),
        "circle-check",
    ),
    "work.handover_failed": (_("The handover of %(person)s broke off after %(moved)s"), "alert-triangle"),
}


def handover_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("hand-over", args=[params.get("handover") or subject_id])


EXPORT_NOTICES = {
    "work.export_done": (_("Your export is ready: %(records)s records"), "file-export"),
    "work.export_failed": (_("Your export broke off"), "alert-triangle"),
    "work.export_large": (_("%(person)s exported %(records)s records"), "file-export"),
}


IMPORT_NOTICES = {
    "work.import_done": (
        _(
            "Import finished: %(created)s created, %(updated)s updated, %(skipped)s skipped, %(rejected)s rejected"
        ),
        "file-import",
    ),
    "work.import_tried": (
        _(
            "Dry run finished, nothing written: %(created)s to create, %(updated)s to update, %(skipped)s to skip, "
            "%(rejected)s to reject"
        ),
        "file-import",
    ),
    "work.import_failed": (_("An import could not be read to its end"), "alert-triangle"),
    "work.import_cancelled": (_("A colleague cancelled your import"), "hand-stop"),
    "work.import_needs_mapping": (_("An import waits: say what its columns mean"), "file-import"),
    "work.import_undone": (_("Import undone; records of which anything stays: %(kept)s"), "arrow-back-up"),
}


def import_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("import", args=[subject_id])


def export_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("export", args=[params.get("export") or subject_id])


def meeting_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("meeting", args=[params.get("meeting") or subject_id])


def answer_words(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of a guest in the reader's language."""
    said = dict(Meeting.Answer.choices).get(params.get("answer", ""), "")
    return {**params, "answer": str(said)}


def own_work(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("home")


def bulk_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("bulk-job", args=[params.get("job") or subject_id])


def followed_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("following")


def register_all() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
    register_config_events(CustomField._meta.label_lower, CustomField._meta.verbose_name)
    register_notice("work.task_given", _("You were given a task: %(title)s"), "checkbox", to=task_page)
    register_notice("work.mentioned", _("%(person)s mentioned you"), "at", to=followed_page, mail="now")
    given = _("%(person)s gave you tasks from a file: %(count)s")
    register_notice("work.tasks_given", given, "checkbox", to=own_tasks)
    register_notice("work.task_reminder", _("Reminder: %(title)s"), "bell", to=task_page)
    for kind, (text, icon) in BULK_NOTICES.items():
        register_notice(kind, text, icon, to=bulk_page)
    for kind, (text, icon) in HANDOVER_NOTICES.items():
        register_notice(kind, text, icon, to=handover_page)
    for kind, (text, icon) in EXPORT_NOTICES.items():
        register_notice(kind, text, icon, to=export_page)
    for kind, (text, icon) in IMPORT_NOTICES.items():
        register_notice(kind, text, icon, to=import_page)
    register_notice(
        "work.meeting_answered",
        _("%(guest)s answered “%(answer)s”: %(title)s"),
        "mail",
        to=meeting_page,
        words=answer_words,
    )
    handed = _("%(person)s's records are yours now: %(count)s")
    register_notice("work.handed_over", handed, "user-share", to=own_work)
    register_notice(
        "work.followed_changed", _("Followed record: %(what)s"), "eye", to=followed_page, words=news_words
    )
    register_notice(
        "work.followed_many",
        _("Records you follow on which something happened: %(count)s"),
        "eye",
        to=followed_page,
    )
