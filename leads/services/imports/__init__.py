from leads.services.imports.mapping import mapping_checked, mapping_guess
from leads.services.imports.outcome import import_outcome
from leads.services.imports.preview import Foretold, import_preview
from leads.services.imports.rejected import rejected_rows
from leads.services.imports.run import import_run, imports_sweep
from leads.services.imports.start import (
    import_reread,
    import_retry,
    import_start,
    import_stop,
    import_upload,
)
from leads.services.imports.template import template_rows
from leads.services.imports.undo import import_undo

__all__ = [
    "Foretold",
    "import_outcome",
    "import_preview",
    "import_reread",
    "import_retry",
    "import_run",
    "import_start",
    "import_stop",
    "import_undo",
    "import_upload",
    "imports_sweep",
    "mapping_checked",
    "mapping_guess",
    "rejected_rows",
    "template_rows",
]
