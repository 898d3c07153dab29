"""Assignment rules, in order; and trying them on the leads that wait."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from leads.matching import WORDS
from leads.models import AssignmentRule, AssignmentRuleMember, Grade, Pool
from leads.services import assignment_rule_archive, assignment_rule_save, leads_assignment_preview
from leads.tried import tried_rows
from salesflow.lib.admin.fields import ChecksField
from salesflow.lib.admin.forms import PartsInline, ServiceForm
from salesflow.lib.admin.places import LEADS, Place
from salesflow.lib.admin.service_pages import ArchivingPage
from salesflow.people.admin.config import administrator
from salesflow.people.services import config_record_restore

MEMBER = ("user", "weight", "grades")


class RuleForm(ServiceForm):
    class Meta:
        model = AssignmentRule
        fields = ()
        help_texts = {
            "filter": _(
                'Which leads, as JSON: {"grade": ["A", "B"], "industry": "medical"}. All words must hold. '
                "There are %(words)s and custom.KEY. Empty braces are every lead. The word filter takes them joined: "
                '{"filter": "grade = A and (industry = medical or score >= 40)"}.'
            ),
            "team": _(
                "Its people stand for election beside those named below; with neither, everybody who sells."
            ),
            "fallback_pool": _("Where a lead waits that nobody can take; empty is the default pool."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "filter" in self.fields:
            words = str(self.fields["filter"].help_text) % {"words": ", ".join(WORDS)}
            self.fields["filter"].help_text = words
            self.fields["filter"].required = False

    def clean_filter(self) -> Any:
        return self.cleaned_data["filter"] or {}


class MemberForm(ServiceForm):
    grades = ChecksField(label=_("Only leads of grades"), choices=Grade.choices)

    class Meta:
        model = AssignmentRuleMember
        fields = ()
        help_texts = {"weight": _("Empty is the person's own.")}


class MemberFormSet(PaginationInlineFormSet):
    """All candidates there shall be, as the service takes them."""

    def given(self) -> list[dict[str, Any]]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [{name: form.cleaned_data[name] for name in MEMBER} for form in kept]


class MemberInline(PartsInline):
    model = AssignmentRuleMember
    form = MemberForm
    formset = MemberFormSet
    fields = MEMBER
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssignmentRuleMember]:
        return super().get_queryset(request).select_related("user")


class TryForm(forms.Form):
    """Which waiting leads the rules are tried on."""

    pool = forms.ModelChoiceField(
        Pool.objects.none(), label=_("Pool"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    number = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=200, widget=UnfoldAdminIntegerFieldWidget
    )

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = Pool.objects.visible_to(by).filter(archived_at=None).order_by("-is_default", "name")
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]


@admin.register(AssignmentRule)
class AssignmentRulePage(ArchivingPage):
    """The first rule that matches and has somebody decides."""

    place = Place(LEADS, "alt_route", 60)
    form = RuleForm
    inlines = (MemberInline,)
    fieldsets = (
        (None, {"fields": ("name", "position", "is_active", "filter")}),
        (
            _("Who may take it"),
            {"fields": ("existing_owner_first", "match_territory", "match_industry", "team")},
        ),
        (_("Who of them"), {"fields": ("strategy", "fallback_pool")}),
    )
    list_display = (
        "position", "name", "is_active", "by_territory", "by_industry", "team", "strategy", "fallback_pool", "in_use",
    )  # fmt: skip
    list_display_links = ("position", "name")
    list_select_related = ("team", "fallback_pool")
    search_fields = ("name",)
    ordering = ("position", "pk")
    sortable_by = ()
    actions_list = ("try_rules",)

    def values(self, form: Any, formsets: list[Any], change: bool) -> dict[str, Any]:
        found = super().values(form, formsets, change)
        for formset in formsets:
            if formset.has_changed():
                found["members"] = formset.given()
        return found

    def record_create(self, *, by: Any, **values: Any) -> AssignmentRule:
        return assignment_rule_save(by=by, **values)

    def record_change(self, record: AssignmentRule, *, by: Any, **values: Any) -> AssignmentRule:
        return assignment_rule_save(rule=record, by=by, **values)

    def record_archive(self, record: AssignmentRule, *, by: Any) -> None:
        assignment_rule_archive(rule=record, by=by)

    def record_restore(self, record: AssignmentRule, *, by: Any) -> None:
        config_record_restore(record, by=by, rights="assignment")

    @action(description=_("Try the rules"), url_path="try", icon="science")
    def try_rules(self, request: HttpRequest) -> HttpResponse:
        """Where leads that wait today would go, and why; nothing is written."""
        given = {"pool": Pool.objects.default().pk, "number": 50, **request.GET.dict()}
        form, rows = TryForm(given, by=administrator(request)), []
        if form.is_valid():
            values = form.cleaned_data
            found = leads_assignment_preview(
                by=administrator(request), pool=values["pool"], limit=values["number"]
            )
            rows = tried_rows(found)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try the rules"),
            "form": form,
            "rows": rows,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/rules_tried.html", context)

    @display(description=_("by territory"), boolean=True)
    def by_territory(self, rule: AssignmentRule) -> bool:
        return rule.match_territory

    @display(description=_("by industry"), boolean=True)
    def by_industry(self, rule: AssignmentRule) -> bool:
        return rule.match_industry
