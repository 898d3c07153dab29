"""Where leads stand in the navigation, with what is late counted beside them."""

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.models import Lead
from leads.querysets import WAITING
from salesflow.lib.web import nav
from salesflow.people.models import User

MOST_COUNTED = 99


def late_leads(user: User) -> nav.Badge | None:
    """Own leads whose first contact is late, counted to a bound."""
    late = Lead.objects.filter(WAITING, owner_id=user.pk, first_contact_due_at__lte=Now())
    count = late[: MOST_COUNTED + 1].count()
    return nav.Badge(count, overdue=True) if count else None


def sees(user: User) -> bool:
    return user.may("leads.view")


def imports(user: User) -> bool:
    return user.may("leads.import")


def merges(user: User) -> bool:
    return user.may("leads.view") and user.may("leads.merge")


def learns(user: User) -> bool:
    return user.may("cases.view") and user.may("leads.view")


def assigns(user: User) -> bool:
    return user.may("assignment.view") and user.may("leads.assign")


def meets_partners(user: User) -> bool:
    return user.may("partners.view")


def keeps_forms(user: User) -> bool:
    return policies.can_manage_web_forms(user)


def enters(user: User) -> bool:
    return user.may("leads.create")


def register_all() -> None:
    nav.register(
        nav.NavItem(
            "leads", _("Leads"), "user-search", "leads:list", nav.PIPELINE, sees, late_leads,
            order=10, keys="G L", phone=True,
        )
    )  # fmt: skip
    nav.register(
        nav.NavItem(
            "pool",
            _("Public pool"),
            "pool",
            "leads:pool",
            nav.PIPELINE,
            sees,
            order=20,
            keys="G P",
            phone=True,
        )
    )
    nav.register(
        nav.NavItem("imports", _("Imports"), "file-import", "leads:imports", nav.PIPELINE, imports, order=90)
    )
    nav.register(
        nav.NavItem(
            "duplicates",
            _("Duplicates"),
            "copy",
            "leads:duplicates",
            nav.PIPELINE,
            merges,
            order=95,
            keys="G U",
        )
    )
    nav.register(
        nav.NavItem(
            "cases", _("Example cases"), "award", "leads:cases", nav.INSIGHT, learns, order=90, keys="G E"
        )
    )
    nav.register(
        nav.NavItem(
            "assignment", _("Assignment"), "route", "leads:assignment", nav.INSIGHT, assigns, order=80
        )
    )
    nav.register(
        nav.NavItem(
            "submissions", _("Submissions"), "forms", "leads:submissions", nav.INSIGHT, keeps_forms, order=70
        )
    )
    nav.register(
        nav.NavItem(
            "partners",
            _("Partners"),
            "building-store",
            "leads:partners",
            nav.PIPELINE,
            meets_partners,
            order=80,
            beside=("/ndas/", "/agreements/"),
        )
    )
    nav.register_action(nav.Action("new-lead", _("New lead"), "plus", "leads:new", enters, keys="C L"))
    nav.register_action(
        nav.Action(
            "import-leads", _("Import leads"), "file-import", "leads:import-new", imports, drawer=False
        )
    )
