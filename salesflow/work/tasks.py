"""Timers of what people plan."""

from salesflow.lib.sweeps import sweep
from salesflow.work.services.reminders import reminders_send


@sweep("work.reminders", every=15)
def send_reminders() -> dict[str, int]:
    """Remind of tasks whose time has come."""
    return reminders_send()
