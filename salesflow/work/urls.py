"""Addresses of what people do on records."""

from django.urls import path

from salesflow.work.views import bulk, calendar, exports, feeds, handovers, meetings, notes, saved_views, tasks

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/feed/", feeds.own_feed, name="calendar-feed"),
    path("calendar/feed/end/", feeds.feed_ended, name="calendar-feed-end"),
    path("calendar/feed/<str:token>/salesflow.ics", feeds.feed, name="calendar-feed-read"),
    path("meetings/new/", meetings.meeting_new, name="meeting-new"),
    path("meetings/<int:pk>/", meetings.meeting_page, name="meeting"),
    path("meetings/<int:pk>/invite/", meetings.meeting_asked, name="meeting-invite"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_off, name="meeting-cancel"),
    path("meetings/<int:pk>/invitation.ics", meetings.meeting_download, name="meeting-file"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task-new"),
    path("tasks/done/", tasks.tasks_done, name="tasks-done"),
    path("tasks/reopen/", tasks.tasks_reopen, name="tasks-reopen"),
    path("tasks/<int:pk>/", tasks.task_page, name="task"),
    path("tasks/<int:pk>/done/", tasks.task_finish, name="task-done"),
    path("tasks/<int:pk>/cancel/", tasks.task_give_up, name="task-cancel"),
    path("tasks/<int:pk>/reopen/", tasks.task_open_again, name="task-reopen"),
    path("tasks/<int:pk>/move/", tasks.task_to_day, name="task-move"),
    path("log/", notes.log_new, name="log"),
    path("bulk-jobs/", bulk.bulk_jobs, name="bulk-jobs"),
    path("bulk-jobs/start/", bulk.bulk_start, name="bulk-start"),
    path("bulk-jobs/<int:pk>/", bulk.bulk_job, name="bulk-job"),
    path("bulk-jobs/<int:pk>/cancel/", bulk.bulk_cancel, name="bulk-job-cancel"),
    path("bulk-jobs/<int:pk>/undo/", bulk.bulk_undo, name="bulk-job-undo"),
    path("exports/", exports.exports, name="exports"),
    path("exports/start/", exports.export_new, name="export-start"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/download/", exports.export_download, name="export-download"),
    path("hand-overs/", handovers.hand_overs, name="hand-overs"),
    path("hand-overs/new/", handovers.hand_over_new, name="hand-over-new"),
    path("hand-overs/<int:pk>/", handovers.hand_over, name="hand-over"),
    path("saved-views/save/", saved_views.save_view, name="saved-view-save"),
    path("saved-views/<int:pk>/rename/", saved_views.rename_view, name="saved-view-rename"),
    path("saved-views/<int:pk>/share/", saved_views.share_view, name="saved-view-share"),
    path("saved-views/<int:pk>/remove/", saved_views.remove_view, name="saved-view-remove"),
    path("saved-views/<int:pk>/restore/", saved_views.restore_view, name="saved-view-restore"),
]
