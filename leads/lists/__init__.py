"""How leads and what belongs to them are listed: one declaration for page, REST and count."""

from leads.lists.leads import BY_RULES, STATUS_KINDS, LeadList, PoolLeadList, find_leads
from leads.lists.partners import AgreementList, NdaList, PartnerList
from leads.lists.records import DuplicatePairList, ExampleCaseList, LeadImportList, SubmissionList
from leads.lists.settings import (
    CampaignList,
    LeadEventList,
    LeadWebhookList,
    PolicyList,
    PoolList,
    ReasonList,
    RuleList,
    ScoringModelList,
    SourceList,
    VerificationItemList,
    VerificationPolicyList,
    WebFormList,
)

__all__ = [
    "BY_RULES",
    "STATUS_KINDS",
    "AgreementList",
    "CampaignList",
    "DuplicatePairList",
    "ExampleCaseList",
    "LeadEventList",
    "LeadImportList",
    "LeadList",
    "LeadWebhookList",
    "NdaList",
    "PartnerList",
    "PolicyList",
    "PoolLeadList",
    "PoolList",
    "ReasonList",
    "RuleList",
    "ScoringModelList",
    "SourceList",
    "SubmissionList",
    "VerificationItemList",
    "VerificationPolicyList",
    "WebFormList",
    "find_leads",
]
