"""Columns of lists of leads that only they have."""

from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import DuplicatePair, Lead
from salesflow.lib.lists.cells import register_kind
from salesflow.lib.lists.spec import Column
from salesflow.lib.templatetags import ui
from salesflow.lib.web.html import format_html


def first_contact(due: Any, lead: Lead, column: Column) -> SafeString:
    """The time left while somebody owes the first contact; when it was made; nothing where nobody waits."""
    if lead.waits_until is not None:
        return ui.countdown(due, lead.first_contact_started_at, lead.first_contact_limit_seconds)
    if lead.first_contacted_at is None:
        return SafeString("")
    made = ui.icon("check", "sm", _("Contacted"))
    return format_html('<span class="made">{}{}</span>', made, ui.ago(lead.first_contacted_at))


#: What is compared of two leads, in words.
COLUMN_LABELS: dict[str, str | Promise] = {
    "company_name": gettext_lazy("company"),
    "contact_name": gettext_lazy("contact"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "city": gettext_lazy("city"),
}
#: From this likeness on, in percent, a column is told to be alike.
TOLD_ALIKE = 40


def alike(reason: str, pair: DuplicatePair, column: Column) -> SafeString:
    """Why two leads may be one: the equal key, or what is the same and what is similar."""
    if reason != DuplicatePair.Reason.SIMILAR:
        return ui.badge(pair.get_reason_display(), kind="warn")
    known = [(name, pair.parts[name]) for name in COLUMN_LABELS if name in pair.parts]
    same = [str(COLUMN_LABELS[name]) for name, likeness in known if likeness == 100]
    near = [str(COLUMN_LABELS[name]) for name, likeness in known if TOLD_ALIKE <= likeness < 100]
    words = [_("same %(fields)s") % {"fields": ", ".join(same)}] if same else []
    words += [_("similar %(fields)s") % {"fields": ", ".join(near)}] if near else []
    return format_html('<span class="secondary">{}</span>', " · ".join(words))


def register_all() -> None:
    register_kind("alike", alike)
    register_kind("first_contact", first_contact)
