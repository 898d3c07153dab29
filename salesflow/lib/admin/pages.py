"""The bases of the admin's pages: one that only looks, and one whose changes are made by services."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, models
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from salesflow.lib.admin.fields import FoundRecord, FoundRecords, JSONText, LinesField, errors_said
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.history import history_of
from salesflow.lib.admin.paging import BoundedPaginator, SteadyList
from salesflow.lib.admin.places import Place
from salesflow.lib.errors import Conflict
from salesflow.lib.records import Record
from salesflow.lib.search import matching
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.times import exact

#: What a service may answer instead of doing the deed; the last two when another was quicker, or no rule foresaw it.
REFUSALS = (ValidationError, Conflict, PermissionDenied, IntegrityError, DataError)
BIGGEST = 2**63 - 1


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


class Page(LookingUp, ModelAdmin):
    """Common to all: bounded lists, nothing is deleted, and the journal is the only history."""

    place: ClassVar[Place | None] = None
    actions = None
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they count every choice of every filter
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        ArrayField: {"form_class": LinesField},
        models.JSONField: {"form_class": JSONText},
    }
    #: a column that a number in the search box is looked for in, and nothing else
    number_column: ClassVar[str] = ""
    #: the fields whose fragments the column `fragments_column` holds
    fragments: ClassVar[tuple[str, ...]] = ()
    fragments_column: ClassVar[str] = "search"
    #: whether the journal tells of such records by themselves
    has_history: ClassVar[bool] = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        see = getattr(rows, "visible_to", None)
        return see(request.user) if see else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SteadyList]:
        return SteadyList

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> BoundedPaginator:
        paginator = super().get_paginator(request, *args, **kwargs)
        paginator.is_search = bool(request.GET.get("q"))
        return paginator

    def get_search_fields(self, request: HttpRequest) -> Any:
        own = (self.number_column, *self.fragments) if self.number_column or self.fragments else ()
        return own or super().get_search_fields(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = self.offered(queryset)
        number = search_term.strip()
        if not number:
            return queryset, False
        if self.fragments:
            return matching(queryset, number, fields=self.fragments, column=self.fragments_column), False
        if not self.number_column:
            return super().get_search_results(request, queryset, search_term)
        if number.isascii() and number.isdigit() and int(number[:20]) <= BIGGEST:
            return queryset.filter(**{self.number_column: int(number)}), False
        return queryset.none(), False

    def offered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Which rows a field that names such a record offers: those in use."""
        return rows.filter(archived_at=None) if issubclass(self.model, Record) else rows

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["show_history"] = self.has_history
        return super().render_change_form(request, context, *args, **kwargs)

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []

    def log_addition(self, *args: Any) -> None:
        """Django's own log would keep names of people that the journal can forget."""

    log_change = log_addition

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the journal tells of this record."""
        record = self.record(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(record),
            "lines": history_of(self.opts.label_lower, record.pk) if isinstance(record.pk, int) else (),
            "opts": self.opts,
            "original": record,
        }
        return TemplateResponse(request, "admin/history.html", context)

    def record(self, request: HttpRequest, object_id: str) -> Any:
        """The record of an address; Http404 where there is none to be seen."""
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found


class LookingPage(Page):
    """Records as they stand. Nothing can be changed here, and no list sorts by what no index has in order."""

    sortable_by: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("entered"))
    def made(self, record: Any) -> Any:
        return exact(record.created_at)

    @display(description=gettext_lazy("archived"))
    def put_away(self, record: Any) -> Any:
        return exact(record.archived_at)


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


class ServicePage(Page):
    """A record that services make and change. A subclass names them: `record_create`, `record_change`.

    They are asked once per form, with all its inlines. What they refuse stands on the form, with everything that was
    typed; nothing of it was written.
    """

    form: ClassVar[type[forms.ModelForm]] = ServiceForm
    change_form_before_template = "admin/version.html"

    def record_create(self, *, by: Any, **values: Any) -> Any:
        raise NotImplementedError

    def record_change(self, record: Any, *, by: Any, **values: Any) -> Any:
        raise NotImplementedError

    def values(self, form: Any, formsets: list[Any], change: bool) -> dict[str, Any]:
        """What the form says to the service: all of a new record, of another what was changed."""
        names = form.changed_data if change else form.cleaned_data
        return {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: `save_related` has the inlines as well."""

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        values = self.values(form, formsets, change)
        if change and not values:
            return
        if change:
            made = self.record_change(form.instance, by=request.user, **values)
        else:
            made = self.record_create(by=request.user, **values)
        for field in made._meta.concrete_fields:
            setattr(form.instance, field.attname, getattr(made, field.attname))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            if request.method != "POST":
                raise
            # all of it was taken back; drawn again, the form tells why (`get_form`)
            request.refusal = _kind(refusal)  # type: ignore[attr-defined]
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (
            DataError
        ) as fault:  # what was sent cannot even be looked at, such as a number beyond all records
            messages.error(request, errors_said(_kind(fault))[0])
            return HttpResponseRedirect(request.get_full_path())

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        made: Any = super().get_form(request, obj, change, **kwargs)
        refusal: Exception | None = getattr(request, "refusal", None) or _stale(request, obj)
        if refusal is None:
            return made

        told: Exception = refusal

        class Refused(made):
            def full_clean(self) -> None:
                super().full_clean()
                if isinstance(told, ValidationError):
                    errors_to(self, told)
                else:
                    self.add_error(None, errors_said(told)[0])

        return Refused

    def tried(
        self,
        request: HttpRequest,
        record: Any,
        deed: Callable[[], Any],
        *,
        done: Callable[[Any], str] = lambda result: _("Done."),
        form: BaseDialogForm | None = None,
        dialog: Mapping[str, Any] | None = None,
        to: Callable[[Any], Any] | None = None,
    ) -> HttpResponse:
        """Do a deed from a dialog and go back to the record, or on to the one `to` names.

        What is refused stands in the dialog, if it has fields.
        """
        try:
            result = deed()
        except REFUSALS as refused:
            refusal = _kind(refused)
            if form is not None and dialog is not None and isinstance(refusal, ValidationError):
                errors_to(form, refusal)
                context = {"dialog": dialog, "form": form, "form_submit_text": dialog["form_submit_text"]}
                return render(request, "unfold/helpers/dialog.html", context)
            return self.back(request, record, " ".join(errors_said(refusal)), messages.ERROR)
        return self.back(request, to(result) if to else record, done(result))

    def back(
        self, request: HttpRequest, record: Any, message: str, level: int = messages.SUCCESS
    ) -> HttpResponse:
        """To the record's page, also out of a dialog, which htmx sent."""
        self.message_user(request, message, level)
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": page})
        return HttpResponseRedirect(page)


def _stale(request: HttpRequest, obj: Model | None) -> Exception | None:
    """Somebody saved the record after this form was opened: its fields would undo his."""
    seen = request.POST.get("version", "") if request.method == "POST" else ""
    if obj is None or not seen or seen == str(getattr(obj, "version", seen)):
        return None
    return Conflict("stale", _("Somebody changed this meanwhile. Open the page again and look."))


def _kind(refusal: Exception) -> Exception:
    """The database's own refusals in words."""
    if isinstance(refusal, IntegrityError):
        return Conflict("already_exists", _("There is one already, or a value does not fit the others."))
    if isinstance(refusal, DataError):
        return Conflict("invalid", _("A value is out of range or not readable."))
    return refusal


class ArchivingPage(ServicePage):
    """A record that is archived and restored instead of deleted: `record_archive`, `record_restore`."""

    actions_detail: ClassVar[tuple[str, ...]] = ("archive", "restore")
    list_filter: ClassVar[tuple[Any, ...]] = (ArchivedFilter,)

    def record_archive(self, record: Any, *, by: Any) -> None:
        raise NotImplementedError

    def record_restore(self, record: Any, *, by: Any) -> None:
        raise NotImplementedError

    def has_archive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Which of the two buttons there is; the service holds the right itself."""
        return not self.has_restore_permission(request, object_id)

    def has_restore_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        record = self.asked_about(request, object_id)
        return record is not None and record.archived_at is not None

    def asked_about(self, request: HttpRequest, object_id: str | None) -> Any:
        """The record whose buttons are drawn, if there is one; looked up once per request for all of them."""
        known: dict[str, Any] = request.__dict__.setdefault("records_asked_about", {})
        if object_id and object_id not in known:
            known[object_id] = self.get_object(request, unquote(object_id))
        return known.get(object_id or "")

    @display(description=gettext_lazy("in use"), boolean=True)
    def in_use(self, record: Any) -> bool:
        return record.archived_at is None

    @action(
        description=gettext_lazy("Archive"),
        permissions=["archive"],
        url_path="archive",
        dialog={
            "title": gettext_lazy("Put this out of use?"),
            "description": gettext_lazy(
                "It is offered no more; what names it keeps it. You can put it back any time."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Archive"),
        },
    )
    def archive(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        record = self.record(request, object_id)
        return self.tried(request, record, lambda: self.record_archive(record, by=request.user))

    @action(
        description=gettext_lazy("Restore"),
        permissions=["restore"],
        url_path="restore",
        dialog={
            "title": gettext_lazy("Put this back into use?"),
            "description": "",
            "form_class": None,
            "form_submit_text": gettext_lazy("Restore"),
        },
    )
    def restore(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        record = self.record(request, object_id)
        return self.tried(request, record, lambda: self.record_restore(record, by=request.user))
