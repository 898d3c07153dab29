"""Keys for other systems: issued, shown once, revoked."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import AUDIT, Place
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.people.admin.config import administrator
from salesflow.people.models import ApiToken
from salesflow.people.services import token_issue, token_revoke


class TokenForm(ServiceForm):
    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at")
        help_texts = {
            "scopes": _(
                "One in a line: read, write, or of one resource such as leads:read. Empty reads everything "
                "its person may see."
            ),
            "expires_at": _("Empty is in a year."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scopes" in self.fields:
            self.fields["scopes"].required = False


class AliveFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "revoked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("In use")), ("yes", _("Revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        return queryset.filter(revoked_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(ApiToken)
class TokenPage(ServicePage):
    """A token acts as its person and within its scopes; nobody can read it again, and none is changed."""

    place = Place(AUDIT, "key", 20)
    form = TokenForm
    autocomplete_fields = ("user",)
    list_display = (
        "name",
        "prefix",
        "user",
        "scopes_said",
        "created_at",
        "last_used_at",
        "expires_at",
        "usable",
    )
    list_filter = (AliveFilter,)
    list_select_related = ("user",)
    list_display_links = ("name", "prefix")
    search_fields = ("name", "prefix", "user__name", "user__email")
    ordering = ("-pk",)
    actions_detail = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("user", "name", "scopes", "expires_at")
        return (
            "user",
            "name",
            "prefix",
            "scopes_said",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        token = self.get_object(request, object_id) if object_id else None
        return token is None or token.revoked_at is None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        token, secret = token_issue(by=administrator(request), **self.values(form, formsets, change))
        form.instance.pk, form.instance.prefix = token.pk, token.prefix
        request.issued_secret = secret  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None
    ) -> HttpResponse:
        """The only time the secret is shown: on the answer itself, kept nowhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy this token now"),
            "secret": request.issued_secret,  # type: ignore[attr-defined]
            "token": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/token_issued.html", context)

    @display(description=_("scopes"))
    def scopes_said(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @display(description=_("in use"), boolean=True)
    def usable(self, token: ApiToken) -> bool:
        return token.revoked_at is None

    @action(
        description=_("Revoke"),
        permissions=["revoke"],
        url_path="revoke",
        dialog={
            "title": _("Revoke this token?"),
            "description": _("Whatever uses it is refused from now on. It cannot be taken back."),
            "form_class": None,
            "form_submit_text": _("Revoke"),
        },
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        token = self.record(request, object_id)
        return self.tried(request, token, lambda: token_revoke(token=token, by=administrator(request)))
