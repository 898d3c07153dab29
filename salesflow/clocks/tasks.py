"""The timer's door to clocks and calendars."""

from salesflow.clocks.services import calendars_catch_up, holidays_keep_up
from salesflow.clocks.services import sweep as clocks_sweep
from salesflow.lib.sweeps import Counts, sweep


@sweep("clocks.due", every=5)
def sweep_clocks() -> Counts:
    """Take every warning and every end that has come; safe to run late, twice, or in two processes at once."""
    return clocks_sweep()


@sweep("clocks.calendars", every=60)
def sweep_calendars() -> Counts:
    """Reckon anew what a change of a calendar crossed with."""
    return calendars_catch_up()


@sweep("clocks.holidays", every=3600)
def sweep_holidays() -> Counts:
    """Keep this year's and the next year's public holidays as the library knows them."""
    return holidays_keep_up()
