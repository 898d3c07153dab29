from salesflow.clocks.models.calendar import BusinessCalendar, CalendarException, CalendarVersion
from salesflow.clocks.models.clock import DUE_PERCENT, Clock

__all__ = ["DUE_PERCENT", "BusinessCalendar", "CalendarException", "CalendarVersion", "Clock"]
