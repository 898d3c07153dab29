"""The bases of the admin's pages: what is common to all, and one that only looks (the other: `service_pages`)."""

from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from salesflow.lib.admin.fields import JSONText, LinesField
from salesflow.lib.admin.forms import LookingUp
from salesflow.lib.admin.history import history_of
from salesflow.lib.admin.paging import BoundedPaginator, SteadyList
from salesflow.lib.admin.places import Place
from salesflow.lib.records import Record
from salesflow.lib.search import matching
from salesflow.lib.web.times import exact

BIGGEST = 2**63 - 1


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
