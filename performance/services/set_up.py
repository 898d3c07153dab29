"""The way from an empty workspace to a company's own: what is done, and where the rest is done."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from leads.models import AssignmentRule, Lead, LeadSource, Pool
from leads.services.defaults import LAST_RULE, SOURCES
from salesflow.clocks.models import CalendarException
from salesflow.people.models import Team, Territory, User, Workspace


@dataclass(frozen=True)
class SetUpStep:
    label: str
    hint: str
    url: str
    is_done: bool


def set_up_steps(user: User) -> list[SetUpStep]:
    """The steps for an administrator of a real company, in order; none for others, nor once all are done.

    One statement, whatever there is.
    """
    if not user.may("workspace.edit") or user.is_demo:
        return []
    seen = Workspace.objects.annotate(
        people=Exists(User.objects.exclude(pk=user.pk)),
        teams=Exists(Team.objects.all()),
        territories=Exists(Territory.objects.all()),
        members=Exists(Pool.objects.filter(is_default=True, members__isnull=False)),
        rules=Exists(AssignmentRule.objects.exclude(name=LAST_RULE)),
        holidays=Exists(CalendarException.objects.all()),
        sources=Exists(LeadSource.objects.exclude(name__in=[name for name, *_rest in SOURCES])),
        leads=Exists(Lead.objects.all()),
    ).get(pk=1)
    steps = [
        SetUpStep(
            _("Name the workspace"), _("Time zone, currency, language, week"),
            _admin("people_workspace_change", 1), seen.name != Workspace._meta.get_field("name").default,
        ),
        SetUpStep(
            _("Add your people"), _("Each with a role: rep, manager, director …"),
            _admin("people_user_add"), seen.people,
        ),
        SetUpStep(_("Make teams and regions"), _("Who leads whom"), _admin("people_team_add"), seen.teams),
        SetUpStep(
            _("Divide territories"), _("Which team sells where"), _admin("people_territory_add"),
            seen.territories,
        ),
        SetUpStep(
            _("Fill the public pool"), _("Who may claim, who manages it, with which limits"),
            _admin("leads_pool_changelist"), seen.members,
        ),
        SetUpStep(
            _("Write assignment rules"), _("Territory, industry, turns; try them before they hold"),
            _admin("leads_assignmentrule_changelist"), seen.rules,
        ),
        SetUpStep(
            _("Load the holidays"), _("For limits that count working hours"),
            _admin("clocks_businesscalendar_changelist"), seen.holidays,
        ),
        SetUpStep(
            _("Name your lead sources"), _("Shows, referrals, ads, with their cost"),
            _admin("leads_leadsource_changelist"), seen.sources,
        ),
        SetUpStep(
            _("Bring in your leads"), _("CSV or XLSX, every row accounted for"), reverse("leads:import-new"),
            seen.leads,
        ),
    ]  # fmt: skip
    return [] if all(step.is_done for step in steps) else steps


def _admin(page: str, *args: Any) -> str:
    """The page of the admin, or its front page where there is none of the kind."""
    try:
        return reverse(f"admin:{page}", args=args)
    except NoReverseMatch:
        return reverse("admin:index")
