"""The forms of the admin: they offer what is in use, look records up by typing, and read choices once."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from salesflow.lib.admin.fields import FoundRecord, FoundRecords
from salesflow.lib.records import Record


class LookingUp:
    """Fields that name records look them up as one types (`autocomplete_fields`)."""

    def formfield_for_foreignkey(self: Any, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", FoundRecord(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self: Any, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", FoundRecords(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


class PartsInline(LookingUp, TabularInline):
    """Parts of a record, in lines; they are saved with it by its service."""

    extra = 0
    hide_title = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The choices of a line are read once for all lines."""
        formset = super().get_formset(request, obj, **kwargs)
        for name, field in formset.form.base_fields.items():
            if isinstance(field, forms.ModelChoiceField) and name not in self.autocomplete_fields:
                self._read_once(
                    field, self.model._default_manager.filter(**{formset.fk.name: obj}).values(name)
                )
        return formset

    @staticmethod
    def _read_once(field: Any, named: QuerySet[Any, Any]) -> None:
        if issubclass(field.queryset.model, Record):
            field.queryset = field.queryset.filter(Q(archived_at=None) | Q(pk__in=named))
        field.choices = list(field.choices)


class ServiceForm(forms.ModelForm):
    """Offers what is in use, and what the record names already. What must hold between records the service judges."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                self._offer(name, field)
                self._name(name, field)

    def _post_clean(self) -> None:
        """Constraints are left to the service: it may set right first what stands in the way, as a former default."""
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()  # type: ignore[misc]
        del self.instance.validate_constraints

    def _offer(self, name: str, field: forms.ModelChoiceField) -> None:
        if field.queryset is None or not issubclass(field.queryset.model, Record):
            return
        named = self.initial.get(name)
        named = named if isinstance(named, list) else [named] if named else []
        ids = [getattr(each, "pk", each) for each in named]
        field.queryset = field.queryset.filter(Q(archived_at=None) | Q(pk__in=ids))

    def _name(self, name: str, field: forms.ModelChoiceField) -> None:
        """Tell a field to be typed into what stands there, where the record came with it."""
        widget = getattr(field.widget, "widget", field.widget)
        if isinstance(widget, FoundRecord) and self.instance._state.fields_cache.get(name) is not None:
            widget.known = getattr(self.instance, name)
