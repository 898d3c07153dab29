"""People: who they are, what they may, how much they carry, when they are away."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordToggleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
)

from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import PEOPLE, Place
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.lib.web.times import exact
from salesflow.people.admin.config import administrator
from salesflow.people.forms import zone_choices
from salesflow.people.models import Role, User
from salesflow.people.services import password_set, user_change, user_create
from salesflow.people.services.second_factor import second_factor_held, second_factor_reset


def _password_field(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        max_length=500,
        help_text=help_text,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
    )


class UserForm(ServiceForm):
    """A person; the password is asked for once, later it is set by a deed of its own."""

    first_password = _password_field(gettext_lazy("Left empty, the person cannot sign in until one is set."))
    roles = forms.ModelMultipleChoiceField(
        Role.objects.order_by("pk"),
        label=gettext_lazy("Roles"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, widget=UnfoldAdminSelectWidget
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), required=False, widget=UnfoldAdminSelect2Widget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_workspace = ("", _("As the workspace"))
        self.fields["language"].choices = [as_workspace, *settings.LANGUAGES]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [as_workspace, *zone_choices()]  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["first_password"]

    def clean_email(self) -> str:
        """As it is kept, so that the model's own checks see what the service will write."""
        return self.cleaned_data["email"].strip().lower()


class PasswordDialog(BaseDialogForm):
    password = _password_field(gettext_lazy("Leave it empty to take the sign-in away until one is set."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = " ".join(password_validators_help_texts())
        self.fields["password"].help_text = f"{self.fields['password'].help_text} {rules}"


class RoleFilter(admin.SimpleListFilter):
    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role.code, str(role)) for role in Role.objects.order_by("pk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if not self.value():
            return queryset
        holders = User.roles.through.objects.filter(role__code=self.value())
        return queryset.filter(pk__in=holders.values("user_id"))


@method_decorator(sensitive_post_parameters("password"), name="changeform_view")
@admin.register(User)
class UserPage(ServicePage):
    """People. Whoever leaves is switched off, never removed: his work keeps his name."""

    place = Place(PEOPLE, "person", 10)
    form = UserForm
    fieldsets = (
        (None, {"fields": ("email", "name", "first_password", "is_active", "roles")}),
        (gettext_lazy("Where"), {"fields": ("team", "region", "department")}),
        (
            gettext_lazy("Leads by assignment"),
            {"fields": ("industries", "capacity", "daily_cap", "weight")},
        ),
        (gettext_lazy("Away"), {"fields": ("absent_from", "absent_until", "deputy")}),
        (gettext_lazy("Reads in"), {"fields": ("language", "time_zone")}),
    )
    autocomplete_fields = ("deputy",)
    list_display = ("name", "email", "roles_said", "team", "region", "away", "is_active")
    list_filter = (RoleFilter, "team", "is_active")
    list_select_related = ("team", "region")
    search_fields = ("name", "email")
    ordering = ("name", "pk")
    actions_detail = ("set_password", "reset_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("roles")

    def offered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(is_active=True)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("email",) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        (title, first), *rest = super().get_fieldsets(request, obj)
        left_out = "first_password" if obj else "is_active"
        return ((title, {"fields": tuple(name for name in first["fields"] if name != left_out)}), *rest)

    def values(self, form: Any, formsets: list[Any], change: bool) -> dict[str, Any]:
        found = super().values(form, formsets, change)
        if "roles" in found:
            found["roles"] = [role.code for role in found["roles"]]
        if not change:
            found["password"] = found.pop("first_password") or None
        return found

    def record_create(self, *, by: Any, **values: Any) -> User:
        try:
            return user_create(by=by, **values)
        except ValidationError as error:
            # under the field of the form that it is about
            faults = {
                "first_password" if name == "password" else name: e for name, e in error.error_dict.items()
            }
            raise ValidationError(faults) from None

    def record_change(self, record: User, *, by: Any, **values: Any) -> User:
        return user_change(user=record, by=by, **values)

    @display(description=gettext_lazy("roles"))
    def roles_said(self, user: User) -> str:
        return ", ".join(str(role) for role in user.held_roles) or "–"

    @display(description=gettext_lazy("away"))
    def away(self, user: User) -> str:
        if not user.is_absent():
            return "–"
        until = user.absent_until
        return _("until %(moment)s") % {"moment": exact(until)} if until else _("until further notice")

    @method_decorator(sensitive_post_parameters("password"))
    @action(
        description=gettext_lazy("Set password"),
        url_path="set-password",
        dialog={
            "title": gettext_lazy("Set a new password"),
            "description": gettext_lazy("Whoever is signed in with the old one is signed out."),
            "form_class": PasswordDialog,
            "form_submit_text": gettext_lazy("Set password"),
        },
    )
    def set_password(self, request: HttpRequest, form: PasswordDialog, object_id: str) -> HttpResponse:
        user = self.record(request, object_id)
        return self.tried(
            request,
            user,
            lambda: password_set(
                user=user, by=administrator(request), password=form.cleaned_data["password"] or None
            ),
            form=form,
            dialog=self.set_password.dialog,
        )

    def has_reset_second_factor_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        user = self.get_object(request, object_id) if object_id else None
        return user is None or second_factor_held(user)

    @action(
        description=gettext_lazy("Take the second step off"),
        permissions=["reset_second_factor"],
        url_path="reset-second-step",
        dialog={
            "title": gettext_lazy("Take the second step off?"),
            "description": gettext_lazy(
                "For somebody who lost app and recovery codes: be sure who asks. "
                "Where the role asks for a second step, the next sign-in sets it up anew."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Take it off"),
        },
    )
    def reset_second_factor(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        user = self.record(request, object_id)
        return self.tried(request, user, lambda: second_factor_reset(user=user, by=administrator(request)))
