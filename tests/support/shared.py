"""The collection of public files that tests read in place where it is present; it is never copied into the project."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
#: SALESFLOW_SHARED_DATA, or `shared/data` beside the checkout.
SHARED_DATA = Path(os.environ.get("SALESFLOW_SHARED_DATA") or _BESIDE)

needs_shared_data = pytest.mark.skipif(
    not (SHARED_DATA / "README.md").is_file(), reason="the shared data are not here"
)
