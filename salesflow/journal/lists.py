"""How events and notices are listed."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from salesflow.journal.models import Event, Notice
from salesflow.lib.lists import ListSpec
from salesflow.lib.lists.filters import After, Before, Exactly, Filters, Flag, Ids, Words


class EventFilters(Filters):
    kind = Words("kind", label=_("Kind"))
    subject_type = Words("subject_type", label=_("Kind of record"))
    subject_id = Exactly("subject_id", label=_("Record"))
    actor = Ids("actor", people=True, label=_("Person"))
    at_after = After("at", label=_("From"))
    at_before = Before("at", label=_("Before"))
    request_id = Words("request_id", label=_("Request"))


class EventList(ListSpec):
    key, model, filterset, title, icon = "audit-events", Event, EventFilters, _("Audit"), "history"
    orderings: ClassVar = {"id": "id"}

    def visible(self, user: Any) -> QuerySet[Event]:
        """The audit trail shows records of everybody: it is for those who may see it as a whole."""
        return Event.objects.all() if user.scope("audit.view") == "all" else Event.objects.none()


class Unread(Flag):
    def where(self, value: bool) -> Q:
        return Q(read_at__isnull=value)


class NoticeFilters(Filters):
    kind = Words("kind", label=_("Kind"))
    unread = Unread(label=_("Unread"))
    created_after = After("created_at", label=_("From"))
    created_before = Before("created_at", label=_("Before"))


class NoticeList(ListSpec):
    key, model, filterset, title, icon = "notifications", Notice, NoticeFilters, _("Notices"), "bell"
    orderings: ClassVar = {"id": "id"}

    def visible(self, user: Any) -> QuerySet[Notice]:
        return Notice.objects.filter(user=user)
