"""Timers of the store."""

from salesflow.files.services import orphans_remove
from salesflow.lib.sweeps import sweep


@sweep("files.orphans", every=21_600)
def sweep_orphans() -> dict[str, int]:
    """Remove contents without a row, a day after they came."""
    return orphans_remove()
