"""Leads as records that people log, plan and note on."""

from django.urls import reverse

from leads import policies
from leads.models import Lead, Nda, PartnerAgreement
from salesflow.lib.subjects import Subject, register
from salesflow.work.following import news_for

#: What followers of a lead are told of: whose it is, where it stands, whether it is there.
NEWS = (
    "leads.assigned", "leads.handed_over", "leads.claimed", "leads.entered_pool", "leads.returned", "leads.timed_out",
    "leads.idled_out", "leads.unanswered", "leads.contacted", "leads.qualified", "leads.disqualified",
    "leads.reopened", "contacts.lead_converted", "leads.merged", "leads.unmerged", "leads.archived", "leads.restored",
)  # fmt: skip


def register_all() -> None:
    register(
        Subject(
            type="leads.lead",
            visible=lambda user: Lead.objects.visible_to(user).current(),
            past=Lead.objects.visible_to,
            label=str,
            url=lambda pk: reverse("leads:detail", args=[pk]),
            can_work=policies.can_work,
        )
    )
    register(
        Subject(
            type="leads.nda",
            visible=lambda user: (
                Nda.objects.visible_to(user).filter(archived_at=None).select_related("partner")
            ),
            past=lambda user: Nda.objects.visible_to(user).select_related("partner"),
            label=str,
            url=lambda pk: reverse("leads:nda", args=[pk]),
            can_work=lambda user, nda: (
                nda.archived_at is None and policies.can_edit_partner(user, nda.partner)
            ),
        )
    )
    register(
        Subject(
            type="leads.partneragreement",
            visible=lambda user: (
                PartnerAgreement.objects.visible_to(user).filter(archived_at=None).select_related("partner")
            ),
            past=lambda user: PartnerAgreement.objects.visible_to(user).select_related("partner"),
            label=str,
            url=lambda pk: reverse("leads:agreement", args=[pk]),
            can_work=lambda user, agreement: (
                agreement.archived_at is None and policies.can_edit_agreement(user)
            ),
        )
    )
    news_for("leads.lead", *NEWS)
