"""What is to be set up about the company and its people."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from salesflow.lib.admin.checklist import Found, Step, register
from salesflow.people.models import Team, Territory, User
from salesflow.people.services import workspace


def _workspace() -> Found:
    shared = workspace()
    said = f"{shared.name} · {shared.time_zone} · {shared.base_currency}"
    return Found("done" if shared.version > 1 else "look", said)


def _people() -> Found:
    number = User.objects.selling().count()
    said = ngettext("%(n)s person sells", "%(n)s people sell", number) % {"n": number}
    return Found("done" if number else "todo", said)


def _teams() -> Found:
    members = User.objects.active().filter(team=OuterRef("pk"))
    current = Team.objects.filter(archived_at=None)
    number = current.count()
    whole = current.filter(Exists(members), manager__isnull=False).count()
    said = _("%(whole)s of %(number)s have a manager and members") % {"whole": whole, "number": number}
    return Found("done" if number and whole == number else "todo", said if number else _("none yet"))


def _territories() -> Found:
    number = Territory.objects.filter(archived_at=None).count()
    said = ngettext("%(n)s territory", "%(n)s territories", number) % {"n": number}
    return Found("done" if number else "todo", said if number else _("none yet"))


register(
    Step(
        "workspace",
        gettext_lazy("Workspace"),
        gettext_lazy(
            "The company's name, its time zone, currency and language, and how phone numbers are read."
        ),
        10,
        _workspace,
        "admin:people_workspace_changelist",
    )
)
register(
    Step(
        "teams",
        gettext_lazy("Regions and teams"),
        gettext_lazy("Each team has a manager; he sees and assigns what its people work on."),
        30,
        _teams,
        "admin:people_team_changelist",
    )
)
register(
    Step(
        "people",
        gettext_lazy("People"),
        gettext_lazy(
            "Everybody with a role, and reps with a team, the industries they know and how much they take."
        ),
        40,
        _people,
        "admin:people_user_changelist",
    )
)
register(
    Step(
        "territories",
        gettext_lazy("Territories"),
        gettext_lazy("Which team sells to which countries, provinces and cities."),
        50,
        _territories,
        "admin:people_territory_changelist",
    )
)
