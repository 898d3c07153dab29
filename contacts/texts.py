"""What the events and notices of customers say to people."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_event, register_notice

EVENTS = {
    "contacts.lead_converted": (_("Converted to a customer"), "building"),
    "contacts.customer_created": (_("Customer entered"), "plus"),
    "contacts.customer_entered_again": (_("Entered although there is such a customer"), "copy"),
    "contacts.customer_edited": (_("Details changed"), "pencil"),
    "contacts.customer_joined": (_("A lead joined this customer"), "git-merge"),
    "contacts.customer_archived": (_("Archived"), "archive"),
    "contacts.customer_restored": (_("Restored"), "rotate-clockwise"),
    "contacts.contact_created": (_("Contact entered"), "user-plus"),
    "contacts.contact_edited": (_("Details changed"), "pencil"),
    "contacts.contact_archived": (_("Archived"), "archive"),
    "contacts.contact_restored": (_("Restored"), "rotate-clockwise"),
    "contacts.opportunity_created": (_("Opportunity opened"), "target-arrow"),
    "contacts.opportunity_edited": (_("Details changed"), "pencil"),
    "contacts.opportunity_archived": (_("Archived"), "archive"),
    "contacts.opportunity_restored": (_("Restored"), "rotate-clockwise"),
    "contacts.credit_split": (_("The credit was split anew"), "chart-pie"),
    "contacts.collision_opened": (_("Somebody else claims this customer too"), "arrows-diff"),
    "contacts.collision_stated": (_("A party has had its say"), "message"),
    "contacts.collision_decided": (_("It is decided whose customer this is"), "scale"),
    "contacts.collision_withdrawn": (_("The claim on this customer is withdrawn"), "arrow-back-up"),
}
NOTICES = {
    "contacts.lead_joined_customer": (
        _("A colleague converted a lead that belongs to your customer %(customer)s"),
        "git-merge",
    ),
}
#: Notices that lead to the case they are about.
COLLISIONS = {
    "contacts.collision_opened": (
        _("Two people claim the customer %(customer)s, you are one of them"),
        "arrows-diff",
    ),
    "contacts.collision_to_decide": (_("Decide whose customer %(customer)s is"), "scale"),
    "contacts.collision_decided": (_("It is decided whose customer %(customer)s is"), "scale"),
    "contacts.collision_withdrawn": (
        _("The claim on the customer %(customer)s is withdrawn"),
        "arrow-back-up",
    ),
}


def _collision_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("contacts:collision", args=[subject_id]) if subject_id else ""


def _customer_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("contacts:customer", args=[subject_id]) if subject_id else ""


def register() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
    for kind, (text, icon) in NOTICES.items():
        register_notice(kind, text, icon, to=_customer_page)
    for kind, (text, icon) in COLLISIONS.items():
        register_notice(kind, text, icon, to=_collision_page, mail="now")
