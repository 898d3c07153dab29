"""Groups in chat tools that are told of notices."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldBooleanSwitchWidget,
)

from salesflow.journal.texts import notice_kinds, notice_title
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import OUTGOING, Place
from salesflow.lib.admin.service_pages import ArchivingPage
from salesflow.outbox.admin.said import fault_said, moment_said
from salesflow.outbox.models import ChatGroup
from salesflow.outbox.services import chat
from salesflow.people.admin.config import administrator


def _kinds() -> list[tuple[str, str]]:
    return [(kind, f"{notice_title(kind)} ({kind})") for kind in notice_kinds()]


def _hidden(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=1000,
        help_text=help_text,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "off"}),
    )


class ChatGroupForm(ServiceForm):
    """Address and secret are never shown; left empty they stay as they are."""

    url = _hidden(
        gettext_lazy("Address of the robot"),
        gettext_lazy("Kept encrypted and never shown. Left empty, it stays as it is."),
    )
    secret = _hidden(
        gettext_lazy("Secret"),
        gettext_lazy("For DingTalk and Feishu, where the robot asks for a signature. Left empty, it stays."),
    )
    no_secret = forms.BooleanField(
        label=gettext_lazy("Take the secret away"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    #: Of a new group nothing is there yet that could stay.
    new_help: ClassVar = {
        "url": gettext_lazy("Kept encrypted and never shown."),
        "secret": gettext_lazy("For DingTalk and Feishu, where the robot asks for a signature."),
    }

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of notices"),
        choices=_kinds,
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 12}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            for name, words in self.new_help.items():
                self.fields[name].help_text = words


@method_decorator(sensitive_post_parameters("url", "secret"), name="changeform_view")
@admin.register(ChatGroup)
class ChatGroupPage(ArchivingPage):
    """Who is told what by which robot; and a message to try it out."""

    place = Place(OUTGOING, "forum", 50)
    form = ChatGroupForm
    list_display = ("name", "tool", "team", "is_active", "last_sent", "last_fault", "in_use")
    list_filter = (ArchivedFilter,)
    list_select_related = ("team",)
    search_fields = ("name",)
    ordering = ("name",)
    autocomplete_fields = ("team",)
    actions_detail = ("try_out", "archive", "restore")
    readonly_fields = ("last_sent", "last_fault")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "tool", "url", "secret", "kinds", "team", "is_active")
        return (
            "name", "tool", "url", "secret", "no_secret", "kinds", "team", "is_active", "last_sent", "last_fault",
        )  # fmt: skip

    def record_create(self, *, by: Any, **values: Any) -> ChatGroup:
        values.pop("no_secret", None)
        return chat.chat_group_create(by=by, **values)

    def record_change(self, record: ChatGroup, *, by: Any, **values: Any) -> ChatGroup:
        secret = values.pop("secret", None) or None
        if values.pop("no_secret", False):
            secret = ""
        url = values.pop("url", None) or None
        return chat.chat_group_change(group=record, by=by, url=url, secret=secret, **values)

    def record_archive(self, record: ChatGroup, *, by: Any) -> None:
        chat.chat_group_archive(group=record, by=by)

    def record_restore(self, record: ChatGroup, *, by: Any) -> None:
        chat.chat_group_restore(group=record, by=by)

    @display(description=gettext_lazy("last message taken"))
    def last_sent(self, group: ChatGroup) -> str:
        return moment_said(group.last_sent_at)

    @display(description=gettext_lazy("last error"))
    def last_fault(self, group: ChatGroup) -> str:
        return fault_said(group)

    @action(
        description=gettext_lazy("Send a test message"),
        url_path="try-out",
        dialog={
            "title": gettext_lazy("Send a test message?"),
            "description": gettext_lazy("With the settings as they are saved, a message goes to the group."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Send"),
        },
    )
    def try_out(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        group = self.record(request, object_id)
        return self.tried(
            request,
            group,
            lambda: chat.chat_group_test(group=group, by=administrator(request)),
            done=lambda result: _("The message is on its way; load this page again to see how it went."),
        )
