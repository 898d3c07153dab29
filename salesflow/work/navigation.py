"""Where tasks stand in the navigation, with one's own overdue ones counted beside them."""

from django.utils.translation import gettext_lazy as _

from salesflow.lib.web import nav
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.models import Task

MOST_COUNTED = 99


def overdue(user: User) -> nav.Badge | None:
    count = Task.objects.filter(assignee_id=user.pk).overdue()[: MOST_COUNTED + 1].count()
    return nav.Badge(count, overdue=True) if count else None


def may_plan(user: User) -> bool:
    return user.may("tasks.create")


def hands_over(user: User) -> bool:
    return user.may("leads.assign")


def register_all() -> None:
    nav.register(
        nav.NavItem(
            "tasks", _("Tasks"), "checkbox", "tasks", nav.TOP, badge=overdue, order=30, keys="G T", phone=True
        )
    )
    nav.register(
        nav.NavItem("calendar", _("Calendar"), "calendar", "calendar", nav.TOP, order=32, keys="G K")
    )
    nav.register(
        nav.NavItem(
            "hand-overs", _("Handovers"), "user-share", "hand-overs", nav.PIPELINE, hands_over, order=98
        )
    )
    nav.register(
        nav.NavItem(
            "exports", _("Exports"), "file-export", "exports", nav.PIPELINE, policies.can_export_any, order=97
        )
    )
    nav.register(
        nav.NavItem(
            "record-imports", _("Record imports"), "database-import", "imports", nav.PIPELINE,
            policies.can_import_any, order=91,
        )
    )  # fmt: skip
    nav.register_action(
        nav.Action(
            "import-records", _("Import records"), "database-import", "import-new", policies.can_import_any,
            drawer=False,
        )
    )  # fmt: skip
    nav.register_action(nav.Action("new-task", _("New task"), "checkbox", "task-new", may_plan, keys="C T"))
    nav.register_action(
        nav.Action("following", _("Records I follow"), "eye", "following", keys="G W", drawer=False)
    )
