from salesflow.clocks.services.calendars import (
    calendar_archive,
    calendar_change,
    calendar_create,
    calendar_default,
    calendar_override,
    calendar_restore,
    calendars_catch_up,
)
from salesflow.clocks.services.defaults import calendar_ensure_defaults
from salesflow.clocks.services.holidays import holidays_keep_up, holidays_load
from salesflow.clocks.services.meet import Meeting, clock_meet, clocks_meet
from salesflow.clocks.services.move import (
    clock_cancel,
    clock_pause,
    clock_resume,
    clocks_cancel,
    clocks_hand_over,
    clocks_pause,
    clocks_resume,
)
from salesflow.clocks.services.retarget import clocks_follow_calendar, clocks_retarget
from salesflow.clocks.services.rows import database_now
from salesflow.clocks.services.start import (
    LONGEST_SECONDS,
    NewClock,
    clock_start,
    clocks_start,
    target_checked,
    warnings_checked,
)
from salesflow.clocks.services.sweep import sweep
from salesflow.clocks.services.working import working_time

__all__ = [
    "LONGEST_SECONDS",
    "Meeting",
    "NewClock",
    "calendar_archive",
    "calendar_change",
    "calendar_create",
    "calendar_default",
    "calendar_ensure_defaults",
    "calendar_override",
    "calendar_restore",
    "calendars_catch_up",
    "clock_cancel",
    "clock_meet",
    "clock_pause",
    "clock_resume",
    "clock_start",
    "clocks_cancel",
    "clocks_follow_calendar",
    "clocks_hand_over",
    "clocks_meet",
    "clocks_pause",
    "clocks_resume",
    "clocks_retarget",
    "clocks_start",
    "database_now",
    "holidays_keep_up",
    "holidays_load",
    "sweep",
    "target_checked",
    "warnings_checked",
    "working_time",
]
