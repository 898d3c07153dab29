from leads.services.duplicates import duplicates_of
from leads.services.edit import lead_edit
from leads.services.enter import lead_create, leads_enter
from leads.services.imports import (
    import_retry,
    import_run,
    import_start,
    import_undo,
    import_upload,
    rejected_rows,
)
from leads.services.score import leads_rescore
from leads.services.state import (
    lead_archive,
    lead_disqualify,
    lead_qualify,
    lead_reopen,
    lead_restore,
    lead_verify,
)

__all__ = [
    "duplicates_of",
    "import_retry",
    "import_run",
    "import_start",
    "import_undo",
    "import_upload",
    "lead_archive",
    "lead_create",
    "lead_disqualify",
    "lead_edit",
    "lead_qualify",
    "lead_reopen",
    "lead_restore",
    "lead_verify",
    "leads_enter",
    "leads_rescore",
    "rejected_rows",
]
