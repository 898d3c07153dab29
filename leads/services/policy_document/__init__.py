"""Policies as a text: scoring models, assignment rules, pools, first contact, verification (docs/administration.md)."""

from leads.services.policy_document.changes import Change
from leads.services.policy_document.document import MOST_BYTES, Imported, policies_export, policies_import

__all__ = ["MOST_BYTES", "Change", "Imported", "policies_export", "policies_import"]
