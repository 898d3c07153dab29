"""Columns of lists of leads that only they have."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads.models import Lead
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


def register_all() -> None:
    register_kind("first_contact", first_contact)
