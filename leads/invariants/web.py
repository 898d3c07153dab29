"""What strangers sent, and what they agreed to."""

from salesflow.lib.invariants import invariant

invariant(
    "leads.consent_follows_its_submission",
    "A consent belongs to the lead of the submission it was given with.",
    of="leads.consent",
    sql="""
        SELECT c.id FROM leads_consent c
        JOIN leads_formsubmission s ON s.id = c.submission_id
        WHERE c.lead_id IS DISTINCT FROM s.lead_id
    """,
)
