"""The timer's door to the clocks."""

from salesflow.clocks.services import sweep as clocks_sweep
from salesflow.lib.sweeps import Counts, sweep


@sweep("clocks.due", every=5)
def sweep_clocks() -> Counts:
    """Take every warning and every end that has come; safe to run late, twice, or in two processes at once."""
    return clocks_sweep()
