from leads.services.imports.mapping import mapping_checked, mapping_guess
from leads.services.imports.outcome import import_outcome
from leads.services.imports.rejected import rejected_rows
from leads.services.imports.run import import_run, imports_sweep
from leads.services.imports.start import import_retry, import_start, import_upload
from leads.services.imports.template import template_rows
from leads.services.imports.undo import import_undo

__all__ = [
    "import_outcome",
    "import_retry",
    "import_run",
    "import_start",
    "import_undo",
    "import_upload",
    "imports_sweep",
    "mapping_checked",
    "mapping_guess",
    "rejected_rows",
    "template_rows",
]
