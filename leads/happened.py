"""Filters by what once happened to leads: how far they got, and what their owners did with them in a period.

The figures link to lists by these, so that every number opens the records behind it.
"""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, Ownership
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event
from salesflow.lib.lists.filters import Choices, Ids, Kind, MomentField


def _owned(**terms: Any) -> Exists:
    return Exists(Ownership.objects.filter(lead=OuterRef("pk"), **terms))


class Reached(Choices):
    """Leads that ever got as far as a stage; what was skipped counts as reached, whatever they are now."""

    STAGES: ClassVar = [
        (value, label) for value, label in Lead.Status.choices if value not in ("new", "disqualified")
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("status", choices=self.STAGES, **kwargs)

    def where(self, value: list[str]) -> Q:
        of_lead = Event.objects.filter(subject_type="leads.lead", subject_id=OuterRef("pk"))
        converted = Q(converted_at__isnull=False)
        qualified = converted | Q(Exists(of_lead.filter(kind="leads.qualified")))
        contacted = qualified | Q(_owned(first_contacted_at__isnull=False))
        stages = {
            "converted": converted,
            "qualified": qualified,
            "contacted": contacted,
            "assigned": contacted | Q(_owned()),
        }
        wanted = Q()
        for stage in value:
            wanted |= stages[stage]
        return wanted


class SpanField(forms.Field):
    """Two moments or days with a slash between, as ISO 8601 writes it; the end is not included."""

    def clean(self, value: Any) -> tuple[Any, Any] | None:
        text = str(value or "").strip()
        if not text:
            return None
        start, slash, end = text.partition("/")
        moment = MomentField(required=False)
        since, until = moment.clean(start), moment.clean(end)
        if not slash or since is None or until is None or since >= until:
            raise ValidationError(
                _("Write a beginning and an end, as 2026-11-01/2026-12-01."), code="invalid"
            )
        return since, until


class Happened(Kind):
    """Leads with which something was done in a span of time, by anybody or by the people of `by_people`."""

    field_class = SpanField

    def __init__(self, moment: str, *, people: str = "owner", **kwargs: Any) -> None:
        super().__init__("pk", **kwargs)
        self.moment, self.people = moment, people

    def deeds(self) -> QuerySet[Any]:
        """The rows of what was done, tied to the lead."""
        return Ownership.objects.filter(lead=OuterRef("pk"))

    def where(self, value: tuple[Any, Any]) -> Q:
        done = self.deeds().filter(**{f"{self.moment}__gte": value[0], f"{self.moment}__lt": value[1]})
        people = self.parent.form.cleaned_data.get("by_people") or []
        ids = self.parent.filters["by_people"].ids(people) if people else []
        if ids:
            done = done.filter(**{f"{self.people}__in": ids})
        return Q(Exists(done))


class Claimed(Happened):
    def deeds(self) -> QuerySet[Any]:
        return super().deeds().filter(via=Ownership.Via.CLAIM)


class Returned(Happened):
    def deeds(self) -> QuerySet[Any]:
        return super().deeds().filter(end_reason__in=Ownership.GIVEN_BACK).exclude(end_detail="reopened")


class Answered(Happened):
    def deeds(self) -> QuerySet[Any]:
        return super().deeds().filter(first_contacted_at__gt=F("started_at"))


class Missed(Happened):
    """First contacts that were not in time: breached, met after that, or past due and not yet swept."""

    def deeds(self) -> QuerySet[Any]:
        late = Q(breached_at__isnull=False) | Q(state=Clock.State.RUNNING, due_at__lte=Now())
        clocks = Clock.objects.filter(subject_type="leads.lead", subject_id=OuterRef("pk"))
        return clocks.filter(late, metric="first_contact")


class PeopleOf(Ids):
    """Whose deeds the others of this module ask for; by itself it narrows nothing."""

    is_word = False

    def where(self, value: Any) -> Q:
        return Q()
