"""What each role may see and do, as a table to read and to change."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from salesflow.lib.admin.places import PEOPLE, Place
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.people.models import Role
from salesflow.people.rights import in_order, resource_said, scope_said, verb_said
from salesflow.people.roles import all_rights, default_scopes, scopes_of
from salesflow.people.services import role_change
from salesflow.people.services.users import ADMINISTRATOR

PREFIX = "right:"


@dataclass(frozen=True)
class Line:
    """A right in the table: its deed, the scope it comes with, the one it has, and the field that changes it."""

    verb: str
    default: str
    scope: str
    is_changed: bool
    field: Any


class RoleForm(forms.ModelForm):
    """One choice per right."""

    class Meta:
        model = Role
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default_scopes(self.instance.code)
        self.scopes = {**self.default, **self.instance.changed_rights}
        for right in in_order(all_rights()):
            label = f"{resource_said(right)}: {verb_said(right)}"
            self.fields[PREFIX + right] = forms.ChoiceField(
                label=label,
                choices=[(scope, scope_said(right, scope)) for scope in scopes_of(right)],
                widget=UnfoldAdminSelectWidget(attrs={"aria-label": label}),
            )
            self.initial[PREFIX + right] = self.scopes[right]

    def groups(self) -> Iterator[tuple[str, list[Line]]]:
        """The table: resources with their rights."""
        for resource, rights in groupby(in_order(all_rights()), key=resource_said):
            yield resource, [self._line(right) for right in rights]

    def _line(self, right: str) -> Line:
        default, scope = self.default[right], self.scopes[right]
        return Line(
            verb=verb_said(right),
            default=scope_said(right, default),
            scope=scope_said(right, scope),
            is_changed=default != scope,
            field=self[PREFIX + right],
        )


@admin.register(Role)
class RolePage(ServicePage):
    """Roles come with the product; an administrator changes what they may. His own role is fixed."""

    place = Place(PEOPLE, "badge", 20)
    form = RoleForm
    fields = ("code", "holders_said")
    readonly_fields = ("code", "holders_said")
    list_display = ("said", "code", "holders_said", "changed_said")
    ordering = ("pk",)
    sortable_by = ()
    change_form_after_template = "admin/role_rights.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        active = Count("users", filter=Q(users__is_active=True))
        return super().get_queryset(request).annotate(holders=active)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.code != ADMINISTRATOR

    def values(self, form: Any, formsets: list[Any], change: bool) -> dict[str, Any]:
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name.startswith(PREFIX)}
        return {"rights": {name.removeprefix(PREFIX): scope for name, scope in changed.items()}}

    def record_change(self, record: Role, *, by: Any, **values: Any) -> Role:
        return role_change(role=record, by=by, **values)

    @display(description=_("role"))
    def said(self, role: Role) -> str:
        return str(role)

    @display(description=_("people"))
    def holders_said(self, role: Any) -> int:
        return role.holders

    @display(description=_("changed rights"))
    def changed_said(self, role: Role) -> int | str:
        return len(role.changed_rights) or "–"
