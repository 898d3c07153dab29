from salesflow.work.services.imports.preview import Foretold, import_preview
from salesflow.work.services.imports.rejected import rejected_rows
from salesflow.work.services.imports.run import import_run, imports_sweep
from salesflow.work.services.imports.start import (
    import_cancel,
    import_reread,
    import_retry,
    import_start,
    import_upload,
)
from salesflow.work.services.imports.undo import import_undo

__all__ = [
    "Foretold",
    "import_cancel",
    "import_preview",
    "import_reread",
    "import_retry",
    "import_run",
    "import_start",
    "import_undo",
    "import_upload",
    "imports_sweep",
    "rejected_rows",
]
