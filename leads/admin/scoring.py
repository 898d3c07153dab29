"""Scoring models: drafts are written and tried, one is put in force, none is changed after that."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from leads.admin import charts
from leads.models import LeadSource, ScoringModel
from leads.services import backtest as model_backtest
from leads.services import (
    model_activate,
    model_archive,
    model_change,
    model_create,
    model_new_version,
    model_preview,
    model_restore,
    model_retire,
)
from salesflow.lib.admin.fields import JSONText
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import LEADS, Place
from salesflow.lib.admin.service_pages import ArchivingPage
from salesflow.lib.lists.ports import day_zone
from salesflow.lib.web.figures import number, ratio
from salesflow.people.admin.config import administrator

Status = ScoringModel.Status


def _start(day: date) -> datetime:
    """The moment a day begins in the workspace."""
    return datetime.combine(day, time.min, tzinfo=day_zone())


class ScoringModelForm(ServiceForm):
    """A draft. What its components may say is judged by the service, component by component."""

    components = JSONText(
        label=gettext_lazy("Components"), rows=28, help_text=gettext_lazy("See the documentation of scoring.")
    )

    class Meta:
        model = ScoringModel
        fields = ()
        help_texts = {
            "source": gettext_lazy("Empty: the model of all leads whose source has none of its own."),
            "matrix": gettext_lazy(
                'Only for the matrix: {"fit_high": 40, "fit_medium": 20, "engagement_medium": 10}'
            ),
        }

    def clean_matrix(self) -> Any:
        return self.cleaned_data["matrix"] or {}


class BacktestForm(forms.Form):
    """Which past leads with a known outcome the model is judged on."""

    source = forms.ModelChoiceField(
        LeadSource.objects.order_by("name"),
        label=gettext_lazy("Source"),
        required=False,
        empty_label=gettext_lazy("All"),
        widget=UnfoldAdminSelectWidget,
    )
    created_from = forms.DateField(
        label=gettext_lazy("Entered from"), required=False, widget=UnfoldAdminSingleDateWidget
    )
    created_to = forms.DateField(
        label=gettext_lazy("before"), required=False, widget=UnfoldAdminSingleDateWidget
    )

    def values(self) -> dict[str, Any]:
        """As the service takes it: days of the workspace as moments."""
        given = self.cleaned_data
        return {
            "source": given["source"],
            **{name: given[name] and _start(given[name]) for name in ("created_from", "created_to")},
        }


def _measures(found: dict[str, Any]) -> dict[str, Any]:
    """The figures of a backtest as people read them."""
    rows = [
        (each["grade"], each["leads"], each["converted"], ratio(each["rate"])) for each in found["grades"]
    ]
    tenths = [
        (each["tenth"], each["leads"], number(each["converted"], digits=1), ratio(each["rate"]),
         ratio(each["captured"]))
        for each in found["tenths"]
    ]  # fmt: skip
    return {
        "rows": rows,
        "tenths": tenths,
        "grades_chart": charts.rates_of_grades(found),
        "tenths_chart": charts.captured_by_tenths(found),
        "auc": number(found["auc"], digits=3),
        "lift": number(found["lift_top_decile"], digits=2),
    }


@admin.register(ScoringModel)
class ScoringModelPage(ArchivingPage):
    """Versions of models. One that has been in force is only looked at, and copied into a new draft."""

    place = Place(LEADS, "leaderboard", 70)
    form = ScoringModelForm
    fieldsets = (
        (None, {"fields": ("name", "number", "status", "source", "activated_at", "retired_at")}),
        (gettext_lazy("Points"), {"fields": ("components", "fit_cap", "engagement_cap", "half_life_days")}),
        (
            gettext_lazy("Grades"),
            {"fields": ("method", "threshold_a", "threshold_b", "matrix", "downgrade_after_days")},
        ),
    )
    readonly_fields = ("number", "status", "activated_at", "retired_at")
    list_display = ("name", "number", "status_said", "source", "activated_at", "retired_at", "in_use")
    list_filter = (ArchivedFilter, "status")
    list_select_related = ("source",)
    search_fields = ("name",)
    ordering = ("-pk",)
    actions_detail = ("new_version", "preview", "backtest", "activate", "retire", "archive", "restore")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.status == Status.DRAFT

    def has_activate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        model = self.asked_about(request, object_id)
        return model is None or (model.status != Status.ACTIVE and model.archived_at is None)

    def has_retire_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        model = self.asked_about(request, object_id)
        return model is not None and model.status == Status.ACTIVE and model.source_id is not None

    def has_archive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        model = self.asked_about(request, object_id)
        return super().has_archive_permission(request, object_id) and (
            model is None or model.status != Status.ACTIVE
        )

    def record_create(self, *, by: Any, **values: Any) -> ScoringModel:
        return model_create(by=by, **values)

    def record_change(self, record: ScoringModel, *, by: Any, **values: Any) -> ScoringModel:
        return model_change(model=record, by=by, **values)

    def record_archive(self, record: ScoringModel, *, by: Any) -> None:
        model_archive(model=record, by=by)

    def record_restore(self, record: ScoringModel, *, by: Any) -> None:
        model_restore(model=record, by=by)

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={Status.DRAFT: "info", Status.ACTIVE: "success", Status.RETIRED: "default"},
    )
    def status_said(self, model: ScoringModel) -> tuple[str, str]:
        return model.status, model.get_status_display()

    @action(
        description=gettext_lazy("Copy as a new draft"),
        url_path="new-version",
        dialog={
            "title": gettext_lazy("Copy this into a new draft?"),
            "description": gettext_lazy("The draft gets the next version number; nothing else changes."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Copy"),
        },
    )
    def new_version(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        model = self.record(request, object_id)
        return self.tried(
            request,
            model,
            lambda: model_new_version(model=model, by=administrator(request)),
            done=lambda made: _("This is the new draft: %(model)s.") % {"model": made},
            to=lambda made: made,
        )

    @action(
        description=gettext_lazy("Activate"),
        permissions=["activate"],
        url_path="activate",
        dialog={
            "title": gettext_lazy("Let this model score from now on?"),
            "description": gettext_lazy(
                "The model in force retires, and all its leads are graded anew in the background. "
                "Clocks of first contact follow their new grades."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Activate"),
        },
    )
    def activate(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        model = self.record(request, object_id)
        return self.tried(request, model, lambda: model_activate(model=model, by=administrator(request)))

    @action(
        description=gettext_lazy("Retire"),
        permissions=["retire"],
        url_path="retire",
        dialog={
            "title": gettext_lazy("Take this model out of force?"),
            "description": gettext_lazy("The default model scores the leads of its source again."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Retire"),
        },
    )
    def retire(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        model = self.record(request, object_id)
        return self.tried(request, model, lambda: model_retire(model=model, by=administrator(request)))

    @action(description=gettext_lazy("Preview"), url_path="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How today's leads would be graded; nothing is written."""
        model = self.record(request, object_id)
        found = model_preview(model=model, by=administrator(request))
        moves = {(move["from"], move["to"]): move["leads"] for move in found["moves"]}
        table = [(old, [moves.get((old, new), 0) for new in "ABC"]) for old in "ABC"]
        shown = {"found": found, "table": table, "grades": "ABC", "chart": charts.moves(moves)}
        return self._result(request, model, _("Preview"), "admin/model_preview.html", shown)

    @action(description=gettext_lazy("Backtest"), url_path="backtest")
    def backtest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How the model would have graded past leads whose outcome is known; nothing is written."""
        model = self.record(request, object_id)
        form = BacktestForm(request.GET)
        found = (
            model_backtest(model=model, by=administrator(request), **form.values())
            if form.is_valid()
            else None
        )
        shown = {"form": form, "found": found, **(_measures(found) if found else {})}
        return self._result(request, model, _("Backtest"), "admin/model_backtest.html", shown)

    def _result(
        self, request: HttpRequest, model: ScoringModel, title: str, template: str, shown: dict[str, Any]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(model),
            "original": model,
            "opts": self.opts,
            **shown,
        }
        return TemplateResponse(request, template, context)
