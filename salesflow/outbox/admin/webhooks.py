"""Webhooks and what they were told."""

import json
from itertools import groupby
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectMultipleWidget

from salesflow.journal.texts import event_text
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import OUTGOING, Place
from salesflow.lib.admin.service_pages import ArchivingPage, ServicePage
from salesflow.lib.web.times import exact
from salesflow.outbox import services
from salesflow.outbox.admin.said import moment_said
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.people.admin.config import administrator


def _kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """The kinds there are, by the app they come from."""
    grouped = groupby(services.webhook_kinds(), key=lambda kind: kind.partition(".")[0])
    return [
        (
            str(apps.get_app_config(app).verbose_name),
            [(kind, f"{event_text(kind, {})} ({kind})") for kind in kinds],
        )
        for app, kinds in grouped
    ]


class WebhookForm(ServiceForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of events"),
        required=False,
        choices=_kinds,
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 12}),
        help_text=gettext_lazy("None chosen: it is told of every kind."),
    )


class WebhookFilter(AutocompleteSelectFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = gettext_lazy("webhook")


@admin.register(Webhook)
class WebhookPage(ArchivingPage):
    """Addresses that are told what happens; the secret is shown once."""

    place = Place(OUTGOING, "webhook", 30)
    form = WebhookForm
    autocomplete_fields = ("owner",)
    list_display = ("name", "url", "owner", "state", "in_use")
    list_filter = (ArchivedFilter,)
    list_select_related = ("owner",)
    search_fields = ("name", "url")
    ordering = ("name",)
    actions_detail = ("try_out", "renew", "deliveries", "archive", "restore")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("name", "url", "owner", "kinds", "is_active")
        return (*fields, "state") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("state",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def record_change(self, record: Webhook, *, by: Any, **values: Any) -> Webhook:
        return services.webhook_change(webhook=record, by=by, **values)

    def record_archive(self, record: Webhook, *, by: Any) -> None:
        services.webhook_archive(webhook=record, by=by)

    def record_restore(self, record: Webhook, *, by: Any) -> None:
        services.webhook_restore(webhook=record, by=by)

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        if change:
            super().save_related(request, form, formsets, change)
            return
        made, secret = services.webhook_create(
            by=administrator(request), **self.values(form, formsets, change)
        )
        form.instance.pk = made.pk
        request.shown_secret = secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: Any = None) -> HttpResponse:
        """The only time the secret is shown: on the answer itself, kept nowhere."""
        return self._secret_page(request, obj, request.shown_secret)  # type: ignore[attr-defined]

    @display(description=gettext_lazy("state"))
    def state(self, webhook: Webhook) -> str:
        if webhook.ended:
            return str(webhook.get_ended_display())
        if not webhook.is_active:
            return _("Not active")
        if webhook.failing_since is not None:
            return _("Failing since %(moment)s") % {"moment": exact(webhook.failing_since)}
        return _("Active")

    @action(
        description=gettext_lazy("Send a test message"),
        url_path="try-out",
        dialog={
            "title": gettext_lazy("Send a test message?"),
            "description": gettext_lazy(
                "With the settings as they are saved, a message of kind webhook.test goes to the address."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Send"),
        },
    )
    def try_out(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        webhook = self.record(request, object_id)
        return self.tried(
            request,
            webhook,
            lambda: services.webhook_test(webhook=webhook, by=administrator(request)),
            done=lambda delivery: _("The message is on its way; “Deliveries” shows what came of it."),
        )

    @action(description=gettext_lazy("Deliveries"), url_path="deliveries")
    def deliveries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        page = reverse("admin:outbox_webhookdelivery_changelist")
        return HttpResponseRedirect(f"{page}?webhook__id__exact={self.record(request, object_id).pk}")

    @action(description=gettext_lazy("Renew the secret"), url_path="renew")
    def renew(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; the answer shows the new secret, once."""
        webhook = self.record(request, object_id)
        secret = ""
        if request.method == "POST":
            webhook, secret = services.webhook_rotate(webhook=webhook, by=administrator(request))
        return self._secret_page(request, webhook, secret)

    def _secret_page(self, request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy this secret now") if secret else _("Renew the secret?"),
            "secret": secret,
            "original": webhook,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/webhook_secret.html", context)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(WebhookDelivery.State.choices)

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> QuerySet[WebhookDelivery]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryPage(ServicePage):
    """What was told to whom in the last month, with heads and answer of the last attempt; any can be sent again."""

    place, has_history = Place(OUTGOING, "outbound", 40), False
    list_display = ("said", "webhook", "state", "attempts", "response_status", "written", "error")
    list_filter = (StateFilter, ("webhook", WebhookFilter))
    list_filter_submit = True
    list_select_related = ("webhook",)
    search_fields = ("message_id",)
    ordering = ("-pk",)
    fields = (
        "said", "webhook", "message_id", "state", "attempts", "written", "next_attempt", "delivered", "error",
        "message", "sent_heads", "response_status", "took", "answered_heads", "response_body",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("replay",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("what"))
    def said(self, delivery: WebhookDelivery) -> str:
        return delivery.kind

    @display(description=gettext_lazy("written"))
    def written(self, delivery: WebhookDelivery) -> str:
        return exact(delivery.created_at)

    @display(description=gettext_lazy("delivered"))
    def delivered(self, delivery: WebhookDelivery) -> str:
        return moment_said(delivery.delivered_at)

    @display(description=gettext_lazy("next attempt"))
    def next_attempt(self, delivery: WebhookDelivery) -> str:
        is_waiting = delivery.state == WebhookDelivery.State.WAITING
        return moment_said(delivery.due_at if is_waiting else None)

    @display(description=gettext_lazy("seconds"))
    def took(self, delivery: WebhookDelivery) -> str:
        return "–" if delivery.seconds is None else f"{delivery.seconds:.2f}"

    @display(description=gettext_lazy("message sent"))
    def message(self, delivery: WebhookDelivery) -> str:
        text = json.dumps(delivery.payload, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)

    @display(description=gettext_lazy("headers sent"))
    def sent_heads(self, delivery: WebhookDelivery) -> str:
        return _heads(delivery.request_headers)

    @display(description=gettext_lazy("headers of the answer"))
    def answered_heads(self, delivery: WebhookDelivery) -> str:
        return _heads(delivery.response_headers)

    @action(
        description=gettext_lazy("Send again"),
        permissions=["replay"],
        url_path="replay",
        dialog={
            "title": gettext_lazy("Send this message again?"),
            "description": gettext_lazy("It carries the same message id, by which the receiver knows it."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Send"),
        },
    )
    def replay(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        delivery = self.record(request, object_id)
        return self.tried(
            request,
            delivery,
            lambda: services.webhook_replay(delivery=delivery, by=administrator(request)),
            done=lambda again: _("The message is on its way again."),
        )

    def has_replay_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        delivery = self.get_object(request, object_id) if object_id else None
        return delivery is not None and delivery.state != WebhookDelivery.State.WAITING


def _heads(headers: dict[str, str]) -> str:
    if not headers:
        return "–"
    return format_html("<pre>{}</pre>", "\n".join(f"{name}: {value}" for name, value in headers.items()))
