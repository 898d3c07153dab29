from salesflow.work.services.activities import activity_log
from salesflow.work.services.custom_fields import custom_fields_ensure
from salesflow.work.services.notes import note_add, note_archive, note_edit
from salesflow.work.services.reminders import reminders_send
from salesflow.work.services.saved_views import saved_view_change, saved_view_remove, saved_view_save
from salesflow.work.services.tasks import task_cancel, task_change, task_create, task_done, task_reopen

__all__ = [
    "activity_log",
    "custom_fields_ensure",
    "note_add",
    "note_archive",
    "note_edit",
    "reminders_send",
    "saved_view_change",
    "saved_view_remove",
    "saved_view_save",
    "task_cancel",
    "task_change",
    "task_create",
    "task_done",
    "task_reopen",
]
