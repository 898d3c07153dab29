"""Forms on the company's own pages, and addresses for what platforms send."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from leads.models import LeadWebhook, WebForm
from leads.services.webhooks import webhook_secret_set
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.places import LEADS, Place
from salesflow.people.admin.config import ConfigPage, administrator


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
    def sent(self, form: Any) -> str:
        return format_html('<a href="{}?form={}">{}</a>', reverse("leads:submissions"), form.pk, form.sent)

    @display(description=_("address"))
    def address(self, form: WebForm) -> str:
        url = settings.SITE_URL.rstrip("/") + form.get_absolute_url()
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, url)


class SecretForm(BaseDialogForm):
    secret = forms.CharField(
        label=_("The platform’s own secret"),
        max_length=200,
        required=False,
        help_text=_("Empty, one is made here."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


SECRET_DIALOG = {
    "title": _("Set a new secret?"),
    "description": _("Messages signed with the present one are taken for another day."),
    "form_class": SecretForm,
    "form_submit_text": _("Set the secret"),
}


@admin.register(LeadWebhook)
class LeadWebhookPage(ConfigPage):
    place, rights = Place(LEADS, "webhook", 26), "web_forms"
    view_on_site = False  # its address takes messages only
    readonly_fields = ("address",)
    fields: ClassVar[Any] = ("name", "source", "campaign", "mapping", "assignment", "is_active", "address")
    list_display = ("name", "source", "campaign", "is_active", "has_secret", "address", "in_use")
    list_filter = (ArchivedFilter, "is_active")
    list_select_related = ("source", "campaign")
    search_fields = ("name",)
    ordering = ("name",)
    actions_detail = ("new_secret", "archive", "restore")

    @display(description=_("secret"), boolean=True)
    def has_secret(self, webhook: LeadWebhook) -> bool:
        return bool(webhook.secret)

    @display(description=_("address"))
    def address(self, webhook: LeadWebhook) -> str:
        return settings.SITE_URL.rstrip("/") + webhook.get_absolute_url()

    def has_new_secret_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_archive_permission(request, object_id)

    @action(
        description=_("New secret"),
        permissions=["new_secret"],
        url_path="new-secret",
        dialog=SECRET_DIALOG,
    )
    def new_secret(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        webhook, secret = self.record(request, object_id), form.cleaned_data["secret"]
        return self.tried(
            request,
            webhook,
            lambda: webhook_secret_set(webhook=webhook, by=administrator(request), secret=secret),
            done=lambda made: (
                str(_("Copy the secret now, it is never shown again: %(secret)s")) % {"secret": made}
            ),
            form=form,
            dialog=SECRET_DIALOG,
        )
