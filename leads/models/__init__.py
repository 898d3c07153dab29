from leads.models.agreement import PartnerAgreement
from leads.models.assignment import AssignmentRule, AssignmentRuleMember, HandOut, LeadAssignment
from leads.models.cases import CaseAction, CaseReview, ExampleCase
from leads.models.hooks import LeadWebhook
from leads.models.imports import LeadImport, LeadImportRow
from leads.models.lead import Grade, Lead, LeadSearch, Reason, Verification
from leads.models.links import LinkClick, TrackedLink
from leads.models.merge import LeadMerge
from leads.models.pairs import DuplicatePair, DuplicateSearch
from leads.models.partner import Nda, Partner
from leads.models.pool import ContactReveal, FirstContactPolicy, Ownership, Pool, PoolLimit, RepQuota
from leads.models.scoring import GradeChange, LeadEvent, ScoreDue, ScoringModel
from leads.models.source import Campaign, LeadSource
from leads.models.verification import VerificationItem, VerificationPolicy
from leads.models.web import Consent, FormSubmission, WebForm

__all__ = [
    "AssignmentRule",
    "AssignmentRuleMember",
    "Campaign",
    "CaseAction",
    "CaseReview",
    "Consent",
    "ContactReveal",
    "DuplicatePair",
    "DuplicateSearch",
    "ExampleCase",
    "FirstContactPolicy",
    "FormSubmission",
    "Grade",
    "GradeChange",
    "HandOut",
    "Lead",
    "LeadAssignment",
    "LeadEvent",
    "LeadImport",
    "LeadImportRow",
    "LeadMerge",
    "LeadSearch",
    "LeadSource",
    "LeadWebhook",
    "LinkClick",
    "Nda",
    "Ownership",
    "Partner",
    "PartnerAgreement",
    "Pool",
    "PoolLimit",
    "Reason",
    "RepQuota",
    "ScoreDue",
    "ScoringModel",
    "TrackedLink",
    "Verification",
    "VerificationItem",
    "VerificationPolicy",
    "WebForm",
]
