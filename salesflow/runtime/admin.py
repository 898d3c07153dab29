"""Whether work gets done: the sweeps and the processes behind them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from salesflow.lib.admin.pages import LookingPage
from salesflow.lib.admin.places import TIME, Place
from salesflow.runtime.models import Heartbeat, SweepRun


@admin.register(SweepRun)
class SweepRunPage(LookingPage):
    """The latest run of everything that is done when it is due."""

    place, has_history = Place(TIME, "autorenew", 30), False
    list_display = ("name", "by", "started_at", "finished_at", "succeeded_at", "well")
    ordering: ClassVar = ("name",)
    fields = ("name", "by", "started_at", "finished_at", "succeeded_at", "result", "error")

    @display(description=_("went well"), boolean=True)
    def well(self, run: Any) -> bool:
        return not run.error


@admin.register(Heartbeat)
class HeartbeatPage(LookingPage):
    """The processes that work for this instance, and when each was last heard of."""

    place, has_history = Place(TIME, "monitor_heart", 40), False
    list_display = ("name", "pid", "at")
    ordering: ClassVar = ("name",)
    fields = ("name", "pid", "at")
