"""Forms on the company's own pages."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from leads.models import WebForm
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.places import LEADS, Place
from salesflow.people.admin.config import ConfigPage


@admin.register(WebForm)
class WebFormPage(ConfigPage):
    place, rights = Place(LEADS, "dynamic_form", 25), "web_forms"
    fields: ClassVar[Any] = (
        "name", "source", "campaign", "title", "fields", "language", "consent_text", "consent_version",
        "redirect_url", "allowed_origins", "assignment", "daily_limit", "tracks_visits", "is_active",
    )  # fmt: skip
    list_display = ("name", "source", "campaign", "is_active", "sent", "address", "in_use")
    list_filter = (ArchivedFilter, "is_active")
    list_select_related = ("source", "campaign")
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebForm]:
        real = Count("submissions", filter=~Q(submissions__result="spam"))
        return super().get_queryset(request).annotate(sent=real)

    @display(description=_("submissions"))
    def sent(self, form: Any) -> int:
        return int(form.sent)

    @display(description=_("address"))
    def address(self, form: WebForm) -> str:
        url = settings.SITE_URL.rstrip("/") + form.get_absolute_url()
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, url)
