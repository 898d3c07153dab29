"""How business calendars are listed."""

from django.utils.translation import gettext_lazy as _

from salesflow.clocks.models import BusinessCalendar
from salesflow.lib.lists.filters import Flag, RecordFilters, Words
from salesflow.people.lists import ConfigList


class CalendarFilters(RecordFilters):
    name = Words("name", label=_("Name"))
    country = Words("country", label=_("Country"))
    is_default = Flag("is_default", label=_("Default"))


class CalendarList(ConfigList):
    key, model, rights, filterset = "business-calendars", BusinessCalendar, "calendars", CalendarFilters
