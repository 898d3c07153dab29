"""Where mails go, and what became of them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import OUTGOING, Place
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.lib.web.times import exact
from salesflow.outbox.admin.said import NEVER, fault_said, moment_said
from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services import mail_server, mail_server_change, mail_try_out, mails_again
from salesflow.outbox.services.trust import certificates_told, holds_private_key
from salesflow.people.admin.config import administrator


class CertificatesText(UnfoldAdminTextareaWidget):
    """Text of certificates; a private key that was pasted is refused, and not shown again either."""

    def format_value(self, value: Any) -> Any:
        return "" if holds_private_key(str(value or "")) else super().format_value(value)


class MailServerForm(ServiceForm):
    """The password is never shown; left empty it stays as it is."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        max_length=500,
        help_text=gettext_lazy("Kept encrypted and never shown. Left empty, it stays as it is."),
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "off"}),
    )
    no_password = forms.BooleanField(
        label=gettext_lazy("Take the password away"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    class Meta:
        widgets = {"ca_certificates": CertificatesText(attrs={"rows": 6, "spellcheck": "false"})}


@method_decorator(sensitive_post_parameters("password", "ca_certificates"), name="changeform_view")
@admin.register(MailServer)
class MailServerPage(ServicePage):
    """One page, no list: server, encryption, sign-in, sender; and a mail to oneself to try it out."""

    place = Place(OUTGOING, "outgoing_mail", 10)
    form = MailServerForm
    fieldsets = (
        (None, {"fields": ("host", "port", "security", "ca_certificates", "authorities")}),
        (gettext_lazy("Sign-in"), {"fields": ("username", "password", "no_password")}),
        (gettext_lazy("Sender"), {"fields": ("sender", "sender_name")}),
        (gettext_lazy("How it goes"), {"fields": ("last_sent", "last_fault")}),
    )
    readonly_fields = ("authorities", "last_sent", "last_fault")
    actions_detail = ("try_out",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        mail_server()
        return HttpResponseRedirect(reverse("admin:outbox_mailserver_change", args=[1]))

    def record_change(self, record: MailServer, *, by: Any, **values: Any) -> MailServer:
        password = values.pop("password", None) or None
        if values.pop("no_password", False):
            password = ""
        return mail_server_change(by=by, password=password, **values)

    @display(description=gettext_lazy("certificates believed"))
    def authorities(self, server: MailServer) -> str:
        known = certificates_told(mail_server().ca_certificates)  # not what a refused form holds
        lines = [_("%(name)s, until %(day)s") % {"name": name, "day": day} for name, day in known]
        return "\n".join(lines) or NEVER

    @display(description=gettext_lazy("last mail taken"))
    def last_sent(self, server: MailServer) -> str:
        return moment_said(server.last_sent_at)

    @display(description=gettext_lazy("last error"))
    def last_fault(self, server: MailServer) -> str:
        return fault_said(server)

    @action(
        description=gettext_lazy("Send a mail to myself"),
        url_path="try-out",
        dialog={
            "title": gettext_lazy("Try the mail server out?"),
            "description": gettext_lazy(
                "With the settings as they are saved, a mail goes to your own address."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Send"),
        },
    )
    def try_out(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        server = self.record(request, object_id)
        return self.tried(
            request,
            server,
            lambda: mail_try_out(by=administrator(request)),
            done=lambda to: _("The server has taken a mail to %(to)s.") % {"to": to},
        )


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Mail.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Mail)
class MailPage(ServicePage):
    """Mails of the last month, with what the server said; one that was given up can be sent again."""

    place, has_history = Place(OUTGOING, "mail", 20), False
    list_display = ("subject", "to", "state", "attempts", "written", "sent", "error")
    list_filter = (StateFilter,)
    search_fields = ("to",)
    ordering = ("-pk",)
    fields = ("to", "subject", "state", "attempts", "written", "next_attempt", "sent", "error")
    readonly_fields = fields
    actions_detail = ("again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("written"))
    def written(self, mail: Mail) -> str:
        return exact(mail.created_at)

    @display(description=gettext_lazy("sent"))
    def sent(self, mail: Mail) -> str:
        return moment_said(mail.sent_at)

    @display(description=gettext_lazy("next attempt"))
    def next_attempt(self, mail: Mail) -> str:
        return moment_said(mail.due_at if mail.state == Mail.State.WAITING else None)

    def has_again_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        mail = self.get_object(request, object_id) if object_id else None
        return mail is not None and mail.state == Mail.State.DEAD

    @action(
        description=gettext_lazy("Send again"),
        permissions=["again"],
        url_path="again",
        dialog={
            "title": gettext_lazy("Send this mail again?"),
            "description": "",
            "form_class": None,
            "form_submit_text": gettext_lazy("Send"),
        },
    )
    def again(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        mail = self.record(request, object_id)
        return self.tried(
            request,
            mail,
            lambda: mails_again(by=administrator(request), ids=[mail.pk]),
            done=lambda count: (
                ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", count) % {"n": count}
            ),
        )
