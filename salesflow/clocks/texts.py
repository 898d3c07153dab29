"""What the events of calendars say."""

from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_event

EVENTS = {
    "clocks.calendar_created": (_("Calendar created"), "calendar-plus"),
    "clocks.calendar_changed": (_("Calendar changed"), "calendar"),
    "clocks.calendar_overridden": (_("Hours of a team or person changed"), "calendar-time"),
    "clocks.calendar_archived": (_("Calendar archived"), "archive"),
    "clocks.calendar_restored": (_("Calendar restored"), "rotate-clockwise"),
    "clocks.holidays_loaded": (_("Holidays loaded"), "calendar-event"),
}


def register_all() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
