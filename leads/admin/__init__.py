"""The admin's pages of leads: what steers them is changed through services, the leads themselves are looked at."""

from leads.admin import checklist, policies, policy_document, pools, records, rules, scoring, sources, web

__all__ = [
    "checklist",
    "policies",
    "policy_document",
    "pools",
    "records",
    "rules",
    "scoring",
    "sources",
    "web",
]
