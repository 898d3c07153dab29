from leads.services.assign import (
    Assigned,
    lead_assign,
    lead_assignment_preview,
    lead_auto_assign,
    leads_assign,
    leads_assignment_preview,
    leads_auto_assign,
    leads_hand_out,
)
from leads.services.cards import CardRead, card_read, lead_create_with_photo
from leads.services.claim import Claimed, lead_claim, leads_claim
from leads.services.contact import lead_log_contact
from leads.services.decide import Decision, decisions_for
from leads.services.duplicates import duplicates_of
from leads.services.edit import lead_edit
from leads.services.enter import lead_create, leads_enter
from leads.services.first_contact import first_contact_met, first_contact_policy_change
from leads.services.give_back import lead_return, leads_return_idle
from leads.services.imports import (
    import_preview,
    import_reread,
    import_retry,
    import_run,
    import_start,
    import_stop,
    import_undo,
    import_upload,
    rejected_rows,
)
from leads.services.merge import lead_merge, lead_unmerge
from leads.services.policy_document import policies_export, policies_import
from leads.services.pool import pool_archive, pool_save
from leads.services.rules import assignment_rule_archive, assignment_rule_save
from leads.services.score import (
    backtest,
    events_join,
    events_take,
    leads_rescore,
    model_activate,
    model_archive,
    model_change,
    model_create,
    model_new_version,
    model_preview,
    model_restore,
    model_retire,
    rescore_all,
    rescore_soon,
    rescore_sweep,
    score_explain,
)
from leads.services.state import (
    lead_archive,
    lead_disqualify,
    lead_qualify,
    lead_reopen,
    lead_restore,
)
from leads.services.verify import lead_verify, verification_policy_change

__all__ = [
    "Assigned",
    "CardRead",
    "Claimed",
    "Decision",
    "assignment_rule_archive",
    "assignment_rule_save",
    "backtest",
    "card_read",
    "decisions_for",
    "duplicates_of",
    "events_join",
    "events_take",
    "first_contact_met",
    "first_contact_policy_change",
    "import_preview",
    "import_reread",
    "import_retry",
    "import_run",
    "import_start",
    "import_stop",
    "import_undo",
    "import_upload",
    "lead_archive",
    "lead_assign",
    "lead_assignment_preview",
    "lead_auto_assign",
    "lead_claim",
    "lead_create",
    "lead_create_with_photo",
    "lead_disqualify",
    "lead_edit",
    "lead_log_contact",
    "lead_merge",
    "lead_qualify",
    "lead_reopen",
    "lead_restore",
    "lead_return",
    "lead_unmerge",
    "lead_verify",
    "leads_assign",
    "leads_assignment_preview",
    "leads_auto_assign",
    "leads_claim",
    "leads_enter",
    "leads_hand_out",
    "leads_rescore",
    "leads_return_idle",
    "model_activate",
    "model_archive",
    "model_change",
    "model_create",
    "model_new_version",
    "model_preview",
    "model_restore",
    "model_retire",
    "policies_export",
    "policies_import",
    "pool_archive",
    "pool_save",
    "rejected_rows",
    "rescore_all",
    "rescore_soon",
    "rescore_sweep",
    "score_explain",
    "verification_policy_change",
]
