"""Where the leads of an import are now: for the report, counted anew each time."""

from dataclasses import dataclass

from django.db.models import Count

from leads.models import Grade, Lead, LeadImport
from salesflow.people.models import User

OWNERS_SHOWN = 12


@dataclass(frozen=True)
class Outcome:
    """How many leads of each grade there are, who has most of them, and how many wait in public pools."""

    grades: list[tuple[str, int]]
    owners: list[tuple[User, int]]
    pool: int


def import_outcome(job: LeadImport) -> Outcome:
    leads = Lead.objects.filter(imported_by=job).current().order_by()
    by_grade = dict(leads.values_list("grade").annotate(Count("id")))
    counted = leads.filter(owner__isnull=False).values_list("owner").annotate(number=Count("id"))
    held = dict(counted.order_by("-number", "owner")[:OWNERS_SHOWN])
    people = User.objects.in_bulk(held)
    return Outcome(
        grades=[(grade, by_grade[grade]) for grade in Grade.values if grade in by_grade],
        owners=[(people[pk], number) for pk, number in held.items()],
        pool=leads.filter(in_pool=True).count(),
    )
