"""What the events and notices of leads say to people."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.models import (
    Campaign,
    LeadSource,
    LeadWebhook,
    Nda,
    Partner,
    PartnerAgreement,
    Pool,
    Reason,
    ScoringModel,
    VerificationItem,
    WebForm,
)
from salesflow.journal.texts import Place, register_config_events, register_event, register_notice

EVENTS = {
    "leads.created": (_("Lead entered"), "plus"),
    "leads.edited": (_("Details changed"), "pencil"),
    "leads.filled": (_("Empty fields filled by an import"), "file-import"),
    "leads.unfilled": (_("Fields emptied, an import was undone"), "file-import"),
    "leads.assigned": (_("Assigned to %(owner_name)s"), "user-check"),
    "leads.handed_over": (_("Handed over to %(owner_name)s"), "user-share"),
    "leads.claimed": (_("Claimed from the public pool"), "hand-grab"),
    "leads.entered_again": (_("Entered although the lead is known"), "copy"),
    "leads.contacts_revealed": (_("Contact details looked at"), "eye"),
    "leads.entered_pool": (_("Entered the public pool"), "pool"),
    "leads.returned": (_("Returned to the public pool"), "arrow-back-up"),
    "leads.timed_out": (_("First contact was not in time; back to the public pool"), "clock-x"),
    "leads.idled_out": (_("No follow-up; back to the public pool"), "zzz"),
    "leads.contacted": (_("First contact made"), "phone"),
    "leads.unanswered": (_("Nobody answered; back to the public pool"), "phone-off"),
    "leads.reminded": (_("Reminded of the first contact"), "bell"),
    "leads.qualified": (_("Qualified"), "circle-check"),
    "leads.disqualified": (_("Disqualified"), "circle-x"),
    "leads.reopened": (_("Reopened"), "rotate-clockwise"),
    "leads.verified": (_("Verification noted"), "shield-check"),
    "leads.verified_whole": (_("Verified: the whole checklist is confirmed"), "shield-check"),
    "leads.rejected_as_fake": (_("Rejected as fake"), "circle-x"),
    "leads.verification_policy_changed": (_("Verification policy changed"), "shield-check"),
    "leads.merged": (_("A duplicate was merged into this lead"), "git-merge"),
    "leads.merged_away": (_("Merged into another lead"), "git-merge"),
    "leads.unmerged": (_("Merge undone"), "arrow-back-up"),
    "leads.kept_apart": (_("Looked at beside a similar lead: not a duplicate"), "copy"),
    "leads.compared_again": (_("Whether a similar lead is a duplicate is open again"), "copy"),
    "leads.case_marked": (_("Marked as an example case"), "award"),
    "leads.case_changed": (_("Example case changed"), "award"),
    "leads.case_reviewed": (_("Example case reviewed"), "clipboard-check"),
    "leads.case_archived": (_("Example case archived"), "archive"),
    "leads.case_restored": (_("Example case restored"), "rotate-clockwise"),
    "leads.tracked_link_made": (_("Tracked link made"), "link"),
    "leads.archived": (_("Archived"), "archive"),
    "leads.restored": (_("Restored"), "rotate-clockwise"),
    "leads.assignment_rule_created": (_("Assignment rule: created"), "plus"),
    "leads.assignment_rule_changed": (_("Assignment rule: changed"), "settings"),
    "leads.assignment_rule_archived": (_("Assignment rule: archived"), "archive"),
    "leads.first_contact_policy_changed": (_("First-contact policy changed"), "clock"),
    "leads.import_uploaded": (_("File uploaded"), "upload"),
    "leads.import_started": (_("Import started"), "player-play"),
    "leads.import_reread": (_("Read in another way"), "table"),
    "leads.import_retried": (_("Import taken up again"), "reload"),
    "leads.import_undone": (_("Import undone"), "arrow-back-up"),
    "leads.import_done": (_("Import finished"), "file-import"),
    "leads.import_tried": (_("Dry run of an import finished"), "checks"),
    "leads.import_failed": (_("An import could not be read to its end"), "alert-triangle"),
    "leads.webhook_secret_changed": (_("Secret of an inbound webhook changed"), "key"),
    "leads.scoring_model_activated": (_("Scoring model activated"), "player-play"),
    "leads.scoring_model_retired": (_("Scoring model retired"), "player-pause"),
    "leads.grade_changed": (_("Grade changed from %(from)s to %(to)s"), "chart-bar"),
}
NOTICES = {
    "leads.assigned": (_("Leads assigned to you: %(count)s"), "user-check"),
    "leads.given_away": (_("Leads of yours were given to somebody else: %(count)s"), "user-share"),
    "leads.unassigned": (_("Leads that no rule could assign wait in your pool: %(count)s"), "user-question"),
    "leads.first_contact_due": (
        _("First contact: %(percent)s %% of the time is over. Leads: %(count)s"),
        "clock",
    ),
    "leads.first_contact_due_of_rep": (
        _("First contact by your people: %(percent)s %% of the time is over. Leads: %(count)s"),
        "clock",
    ),
    "leads.timed_out": (_("First contact was not in time. Leads taken back: %(count)s"), "clock-x"),
    "leads.timed_out_of_rep": (
        _("First contact by your people was not in time. Leads taken back: %(count)s"),
        "clock-x",
    ),
    "leads.idled_out": (_("No follow-up for too long. Leads taken back: %(count)s"), "zzz"),
    "leads.idled_out_of_rep": (
        _("No follow-up by your people for too long. Leads taken back: %(count)s"),
        "zzz",
    ),
    "leads.unanswered": (_("Nobody answered. Leads taken back: %(count)s"), "phone-off"),
    "leads.unanswered_of_rep": (_("Nobody answered your people. Leads taken back: %(count)s"), "phone-off"),
    "leads.returned": (_("Leads of yours were returned to the pool: %(count)s"), "arrow-back-up"),
    "leads.returned_of_rep": (_("Your people returned leads to the pool: %(count)s"), "arrow-back-up"),
    "leads.needs_review": (_("Leads returned too often wait for your review: %(count)s"), "eye"),
}


#: News of an import for the person who uploaded the file.
IMPORT_NOTICES = {
    "leads.import_done": (
        _(
            "Import finished: %(created)s created, %(merged)s merged, %(skipped)s skipped, %(rejected)s rejected"
        ),
        "file-import",
    ),
    "leads.import_tried": (
        _(
            "Dry run finished, nothing written: %(created)s to create, %(merged)s to merge, %(skipped)s to skip, "
            "%(rejected)s to reject"
        ),
        "file-import",
    ),
    "leads.import_failed": (_("An import could not be read to its end"), "alert-triangle"),
    "leads.import_needs_mapping": (_("An import waits: say what its columns mean"), "file-import"),
    "leads.import_undone": (
        _("Import undone; leads kept because of work on them: %(kept)s"),
        "arrow-back-up",
    ),
}
#: Why a row of a file was skipped; anything else says it itself.
SKIPPED = {
    "email": _("Same e-mail address"),
    "phone": _("Same telephone number"),
    "credit_code": _("Same credit code"),
    "company_person": _("Same company and person"),
    "same_file": _("Same as an earlier row of this file"),
    "unchanged": _("Nothing differs from what the lead holds"),
    "same_row": _("This row was imported before"),
    "not_yours": _("The lead that is there is not yours to fill"),
}


def reason_words(reason: str) -> str:
    """Why a row was skipped or rejected, in the reader's language as far as it is known by code."""
    return str(SKIPPED.get(reason, reason))


#: Where a notice about several leads leads to: the address of a list, and what it shows.
_MINE = "owner=me&ordering=first_contact_due_at"
_LATE = "due=late,today&ordering=first_contact_due_at"
LISTS = {
    "leads.assigned": ("leads:list", _MINE),
    "leads.given_away": ("leads:list", _MINE),
    "leads.first_contact_due": ("leads:list", _MINE),
    "leads.first_contact_due_of_rep": ("leads:list", _LATE),
    "leads.unassigned": ("leads:pool", ""),
    "leads.needs_review": ("leads:pool", ""),
    "leads.timed_out": ("leads:pool", ""),
    "leads.timed_out_of_rep": ("leads:pool", ""),
    "leads.idled_out": ("leads:pool", ""),
    "leads.idled_out_of_rep": ("leads:pool", ""),
    "leads.unanswered": ("leads:pool", ""),
    "leads.unanswered_of_rep": ("leads:pool", ""),
    "leads.returned": ("leads:pool", ""),
    "leads.returned_of_rep": ("leads:pool", ""),
}
_OF_MANAGERS = ("leads.unassigned", "leads.needs_review")
#: Records of configuration, which all tell their changes alike.
CONFIG = (
    Campaign,
    LeadSource,
    LeadWebhook,
    Nda,
    Partner,
    PartnerAgreement,
    Pool,
    Reason,
    VerificationItem,
    WebForm,
)


def _list(kind: str) -> Place:
    name, query = LISTS[kind]
    return lambda params, subject_id: reverse(name) + (f"?{query}" if query else "")


def _lead_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("leads:detail", args=[subject_id])


def _partner_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("leads:partner", args=[subject_id])


def _import_page(params: Mapping[str, Any], subject_id: int | None) -> str:
    return reverse("leads:import", args=[subject_id])


def register() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
    for model in CONFIG:
        register_config_events(model._meta.label_lower, model._meta.verbose_name)
    register_config_events("leads.scoring_model", ScoringModel._meta.verbose_name)
    for kind, (text, icon) in NOTICES.items():
        right = "leads.assign" if kind.endswith("_of_rep") or kind in _OF_MANAGERS else ""
        register_notice(kind, text, icon, to=_list(kind), right=right)
    for kind, (text, icon) in IMPORT_NOTICES.items():
        register_notice(kind, text, icon, to=_import_page)
    register_notice(
        "leads.merged_away", _("A lead of yours was merged into this one"), "git-merge", to=_lead_page
    )
    register_notice(
        "leads.unmerged", _("A merge was undone; the lead is yours again"), "arrow-back-up", to=_lead_page
    )
    register_notice(
        "leads.agreement_expires",
        _("The agreement with %(partner)s ends on %(day)s"),
        "file-text",
        to=_partner_page,
        right="partner_agreements.view",
    )
    register_notice(
        "leads.nda_expires",
        _("The non-disclosure agreement with %(partner)s expires on %(day)s"),
        "file-text",
        to=_partner_page,
    )
