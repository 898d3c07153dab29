"""How long an owner has for the first contact."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from leads.models import FirstContactPolicy, VerificationItem, VerificationPolicy
from leads.services import first_contact_policy_change, verification_policy_change
from salesflow.lib.admin.fields import NumbersField, in_words
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import LEADS, TIME, Place
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.lib.web.times import spelled
from salesflow.people.admin.config import ConfigPage


class PolicyForm(ServiceForm):
    """The limit says what it comes to; reminders are percents in a line."""

    remind_at_percent = NumbersField(
        forms.IntegerField(min_value=1, max_value=99),
        label=_("Remind at percent"),
        required=False,
        help_text=_("At the first the owner is told, at later ones his manager too. Such as 50, 80."),
    )

    class Meta:
        model = FirstContactPolicy
        fields = ()
        help_texts = {
            "calendar": _("For working hours; empty is the default calendar."),
            "max_unanswered_attempts": _("After contact: so many attempts without an answer … Empty is off."),
            "unanswered_days": _("… over so many days send the lead back."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "limit_seconds" in self.fields:
            self.fields["limit_seconds"].help_text = in_words(self.instance.limit_seconds)


@admin.register(FirstContactPolicy)
class FirstContactPolicyPage(ServicePage):
    """One per grade. A change holds at once, also for clocks that run."""

    place = Place(TIME, "alarm", 15)
    form = PolicyForm
    fields = (
        "grade",
        "limit_seconds",
        "business_hours_only",
        "calendar",
        "remind_at_percent",
        "max_unanswered_attempts",
        "unanswered_days",
    )
    readonly_fields = ("grade",)
    list_display = ("grade", "limit_said", "business_hours_only", "calendar", "reminders_said")
    list_select_related = ("calendar",)
    ordering = ("grade",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def record_change(self, record: FirstContactPolicy, *, by: Any, **values: Any) -> FirstContactPolicy:
        return first_contact_policy_change(policy=record, by=by, **values)

    @display(description=_("limit"), ordering="limit_seconds")
    def limit_said(self, policy: FirstContactPolicy) -> str:
        return spelled(policy.limit_seconds)

    @display(description=_("remind at percent"))
    def reminders_said(self, policy: FirstContactPolicy) -> str:
        return ", ".join(f"{percent} %" for percent in policy.remind_at_percent) or "–"


@admin.register(VerificationItem)
class VerificationItemPage(ConfigPage):
    """What is asked before a lead counts as real."""

    place, rights = Place(LEADS, "fact_check", 42), "policies"
    fields = ("code", "name", "position", "rejects")
    list_display = ("said", "code", "position", "rejects", "in_use")
    ordering = ("position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    @display(description=_("name"), ordering="name")
    def said(self, item: VerificationItem) -> str:
        return str(item)


@admin.register(VerificationPolicy)
class VerificationPolicyPage(ServicePage):
    """Who verifies leads. One row."""

    place = Place(LEADS, "verified_user", 44)
    fields = ("verifier",)
    list_display = ("verifier",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def record_change(self, record: VerificationPolicy, *, by: Any, **values: Any) -> VerificationPolicy:
        return verification_policy_change(policy=record, by=by, **values)
