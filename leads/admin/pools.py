"""Public pools with their members, managers and limits."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from leads.models import Grade, Pool, PoolLimit
from leads.services import pool_archive, pool_save
from salesflow.lib.admin.fields import ChecksField, in_words
from salesflow.lib.admin.forms import PartsInline, ServiceForm
from salesflow.lib.admin.places import LEADS, Place
from salesflow.lib.admin.service_pages import ArchivingPage
from salesflow.people.models import User
from salesflow.people.services import config_record_restore

SECONDS = (
    "cooldown_seconds",
    "protection_seconds",
    "return_after_idle_seconds",
    "own_team_first_seconds",
)
LIMIT = ("user", "team", "role", "max_held", "max_claims_per_day")


class PoolForm(ServiceForm):
    """Seconds say what they come to; empty is off."""

    held_excludes_grades = ChecksField(
        label=gettext_lazy("Grades not counted as held"), choices=Grade.choices
    )

    class Meta:
        model = Pool
        fields = ()
        help_texts = {
            "max_held": gettext_lazy("Open leads a person may hold; empty is unlimited."),
            "max_claims_per_day": gettext_lazy("Empty is unlimited."),
            "mask_contacts": gettext_lazy(
                "Members see e-mail and telephone of a lead once they ask for them."
            ),
            "max_reveals_per_day": gettext_lazy("So many leads a day per person; empty is unlimited."),
            "own_team_first_seconds": gettext_lazy("Only the team of the last owner may claim for so long."),
            "review_after_returns": gettext_lazy(
                "After so many returns a lead waits for a manager; empty is never."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECONDS:
            if name in self.fields:
                words = in_words(getattr(self.instance, name))
                said = self.fields[name].help_text
                self.fields[name].help_text = f"{said} {words}  {_('Empty is off.')}".strip()
        for name in ("members", "managers"):
            if name in self.fields:
                present = [user.pk for user in self.initial.get(name) or ()]
                people = User.objects.filter(Q(is_active=True) | Q(pk__in=present))
                self.fields[name].queryset = people  # type: ignore[attr-defined]


class LimitForm(ServiceForm):
    """For one person, team or role."""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if sum(bool(values.get(name)) for name in ("user", "team", "role")) != 1:
            self.add_error("user", _("Choose one person, one team or one role."))
        return values


class LimitFormSet(PaginationInlineFormSet):
    """All limits there shall be, as the service takes them."""

    def given(self) -> list[dict[str, Any]]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [{name: form.cleaned_data[name] for name in LIMIT} for form in kept]


class LimitInline(PartsInline):
    model = PoolLimit
    form = LimitForm
    formset: type[BaseInlineFormSet] = LimitFormSet
    fields = LIMIT
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PoolLimit]:
        return super().get_queryset(request).select_related("user", "team", "role")


@admin.register(Pool)
class PoolPage(ArchivingPage):
    """Leads nobody owns: members claim, managers assign."""

    place = Place(LEADS, "pool", 50)
    form = PoolForm
    inlines = (LimitInline,)
    autocomplete_fields = ("members", "managers")
    fieldsets = (
        (None, {"fields": ("name", "is_default", "members", "managers")}),
        (
            gettext_lazy("Limits"),
            {"fields": ("max_held", "held_excludes_grades", "max_claims_per_day", "cooldown_seconds")},
        ),
        (gettext_lazy("Contact details"), {"fields": ("mask_contacts", "max_reveals_per_day")}),
        (
            gettext_lazy("Coming back"),
            {
                "fields": (
                    "protection_seconds",
                    "own_team_first_seconds",
                    "return_after_idle_seconds",
                    "review_after_returns",
                    "rehand",
                )
            },
        ),
    )
    list_display = (
        "name",
        "is_default",
        "members_said",
        "max_held",
        "max_claims_per_day",
        "rehand",
        "in_use",
    )
    search_fields = ("name",)
    ordering = ("-is_default", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pool]:
        return super().get_queryset(request).prefetch_related("members", "managers")

    def values(self, form: Any, formsets: list[Any], change: bool) -> dict[str, Any]:
        found = super().values(form, formsets, change)
        for formset in formsets:
            if formset.has_changed():
                found["limits"] = formset.given()
        return found

    def record_create(self, *, by: Any, **values: Any) -> Pool:
        return pool_save(by=by, **values)

    def record_change(self, record: Pool, *, by: Any, **values: Any) -> Pool:
        return pool_save(pool=record, by=by, **values)

    def record_archive(self, record: Pool, *, by: Any) -> None:
        pool_archive(pool=record, by=by)

    def record_restore(self, record: Pool, *, by: Any) -> None:
        config_record_restore(record, by=by, rights="pools")

    @display(description=gettext_lazy("members"))
    def members_said(self, pool: Pool) -> int:
        return len(pool.members.all())
