from salesflow.work.services.activities import activity_log
from salesflow.work.services.agenda import agenda, day_of
from salesflow.work.services.bulk_jobs import bulk_job_cancel, bulk_job_run, bulk_job_start, bulk_job_undo
from salesflow.work.services.custom_fields import (
    custom_field_change,
    custom_field_create,
    custom_fields_ensure,
    custom_words,
)
from salesflow.work.services.export_writing import export_run, exports_sweep
from salesflow.work.services.exports import (
    export_cancel,
    export_file,
    export_filename,
    export_start,
    exports_expire,
)
from salesflow.work.services.feeds import feed_end, feed_make, feed_reader, feed_text
from salesflow.work.services.follow_news import followers_tell
from salesflow.work.services.follows import follow_what_i_write, record_follow, record_unfollow
from salesflow.work.services.handovers import handover_preview, handover_results, handover_run, handover_start
from salesflow.work.services.invitations import meeting_file
from salesflow.work.services.meeting_answers import meeting_answer, meeting_answer_by_link, meeting_by_link
from salesflow.work.services.meetings import (
    meeting_cancel,
    meeting_change,
    meeting_invite,
    meeting_plan,
)
from salesflow.work.services.notes import note_add, note_archive, note_edit, note_restore
from salesflow.work.services.reminders import reminders_send
from salesflow.work.services.saved_views import (
    saved_tabs,
    saved_view_change,
    saved_view_open_for,
    saved_view_remove,
    saved_view_restore,
    saved_view_save,
    saved_view_share,
)
from salesflow.work.services.tasks import (
    task_archive,
    task_cancel,
    task_change,
    task_create,
    task_done,
    task_move,
    task_reopen,
    task_restore,
    tasks_on,
)

__all__ = [
    "activity_log",
    "agenda",
    "bulk_job_cancel",
    "bulk_job_run",
    "bulk_job_start",
    "bulk_job_undo",
    "custom_field_change",
    "custom_field_create",
    "custom_fields_ensure",
    "custom_words",
    "day_of",
    "export_cancel",
    "export_file",
    "export_filename",
    "export_run",
    "export_start",
    "exports_expire",
    "exports_sweep",
    "feed_end",
    "feed_make",
    "feed_reader",
    "feed_text",
    "follow_what_i_write",
    "followers_tell",
    "handover_preview",
    "handover_results",
    "handover_run",
    "handover_start",
    "meeting_answer",
    "meeting_answer_by_link",
    "meeting_by_link",
    "meeting_cancel",
    "meeting_change",
    "meeting_file",
    "meeting_invite",
    "meeting_plan",
    "note_add",
    "note_archive",
    "note_edit",
    "note_restore",
    "record_follow",
    "record_unfollow",
    "reminders_send",
    "saved_tabs",
    "saved_view_change",
    "saved_view_open_for",
    "saved_view_remove",
    "saved_view_restore",
    "saved_view_save",
    "saved_view_share",
    "task_archive",
    "task_cancel",
    "task_change",
    "task_create",
    "task_done",
    "task_move",
    "task_reopen",
    "task_restore",
    "tasks_on",
]
