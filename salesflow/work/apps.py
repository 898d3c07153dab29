from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "salesflow.work"
    label = "work"
    verbose_name = _("Work")

    def ready(self) -> None:
        from salesflow.lib.lists.ports import (
            fill_custom_people,
            fill_custom_said,
            fill_custom_words,
            fill_saved_tabs,
        )
        from salesflow.lib.relations import follows_any

        # subscribers are heard once they are imported
        from salesflow.work import calendar, cells, navigation, subjects, subscribers, texts  # noqa: F401
        from salesflow.work.exports import register_exports
        from salesflow.work.handover import register_handover
        from salesflow.work.lists import BulkJobList, HandoverList, ImportList, TaskList
        from salesflow.work.services import custom_words, saved_tabs
        from salesflow.work.services.custom_said import CustomSaid, custom_people
        from salesflow.work.services.imports import kinds
        from salesflow.work.services.meetings_hand_over import MEETINGS
        from salesflow.work.services.tasks_hand_over import TASKS

        fill_custom_people(custom_people)
        fill_custom_said(CustomSaid)
        fill_custom_words(custom_words)
        fill_saved_tabs(saved_tabs)
        calendar.register_all()
        cells.register_all()
        navigation.register_all()
        subjects.register_all()
        texts.register_all()
        register_exports(TaskList(), BulkJobList(), HandoverList(), ImportList())
        kinds.register()
        register_handover(TASKS, MEETINGS)
        follows_any("work.activity", "work.task", "work.note", "work.meeting")
        follows_any("work.follow", once="user_id")
