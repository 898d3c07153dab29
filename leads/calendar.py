"""First contacts in the calendar of the person who owes them."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import Lead
from leads.querysets import WAITING
from salesflow.people.models import User
from salesflow.work.agenda import Planned, register


def first_contacts(user: User) -> QuerySet[Any]:
    """One's own leads that nobody has spoken to yet, by the end of their time."""
    return Lead.objects.visible_to(user).current().filter(WAITING, owner=user)


def register_all() -> None:
    register(
        Planned(
            "first_contact",
            gettext_lazy("First contact due"),
            "clock-exclamation",
            rows=first_contacts,
            at="first_contact_due_at",
            tint=lambda lead: "bad" if lead.first_contact_due_at < timezone.now() else "warn",
            title_of=lambda lead: _("First contact: %(lead)s") % {"lead": lead},
        )
    )
