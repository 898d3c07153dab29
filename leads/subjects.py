"""Leads as records that people log, plan and note on."""

from django.urls import reverse

from leads import policies
from leads.models import Lead
from salesflow.lib.subjects import Subject, register


def register_all() -> None:
    register(
        Subject(
            type="leads.lead",
            visible=lambda user: Lead.objects.visible_to(user).current(),
            label=str,
            url=lambda pk: reverse("leads:detail", args=[pk]),
            can_work=policies.can_edit,
        )
    )
