"""The way from an empty workspace to a company's own, as Home tells it to an administrator."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from leads.models import Lead
from salesflow.lib.admin.checklist import standings
from salesflow.people.models import User


@dataclass(frozen=True)
class SetUpStep:
    """One thing to set up: what there is of it in words, and the page where it is done."""

    label: str
    said: str
    url: str
    is_done: bool


def set_up_steps(user: User) -> list[SetUpStep]:
    """The administration's steps and then the leads themselves; none for others, nor once nothing is left to do.

    What works as it came is no reason to keep asking.
    """
    if not user.is_staff or user.is_demo:
        return []
    found = standings()
    has_leads = Lead.objects.exists()
    if has_leads and not any(each.found.state == "todo" for each in found):
        return []
    steps = [
        SetUpStep(str(each.step.title), each.found.said, each.url, each.found.state == "done")
        for each in found
    ]
    said = (
        _("they have begun to come in") if has_leads else _("a file, any notation, every row accounted for")
    )
    return [*steps, SetUpStep(_("Your leads"), said, reverse("leads:import-new"), has_leads)]
