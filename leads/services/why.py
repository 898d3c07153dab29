"""Why a lead went where it did, in words: read from the record that each assignment leaves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.models import AssignmentRule, Lead, LeadAssignment
from salesflow.people.models import Territory, User

#: Code of a reason -> what decided.
DECIDED = {
    "weighted_round_robin": gettext_lazy("Next in turn, by weight"),
    "least_loaded": gettext_lazy("Fewest open leads"),
    "best_match": gettext_lazy("Best match of territory and industry"),
    "customer_owner": gettext_lazy("Owner of the existing customer"),
    "assigned": gettext_lazy("Given by hand"),
    "claimed": gettext_lazy("Claimed from the public pool"),
    "handed_over": gettext_lazy("Handed over from a colleague"),
    "named": gettext_lazy("Named at entry"),
    "pool": gettext_lazy("Sent to the public pool"),
    "nobody_eligible": gettext_lazy("Nobody could take it"),
    "no_rule": gettext_lazy("No rule applied"),
}
#: Why a rule was passed over, or a person could not take the lead.
WHY_NOT = {
    "no_territory": gettext_lazy("nobody answers for this place"),
    "no_expert": gettext_lazy("nobody is expert in this industry"),
    "inactive": gettext_lazy("switched off"),
    "not_selling": gettext_lazy("sells no more"),
    "absent": gettext_lazy("absent"),
    "capacity": gettext_lazy("at capacity"),
    "daily_cap": gettext_lazy("daily cap reached"),
    "cooling_down": gettext_lazy("gave it back recently"),
    "held_limit": gettext_lazy("at the holding limit"),
    "grade": gettext_lazy("takes no leads of this grade"),
    "weight_zero": gettext_lazy("weight 0"),
}


@dataclass(frozen=True)
class Considered:
    """Somebody who was, or was not, in question."""

    name: str
    is_chosen: bool
    note: str


@dataclass(frozen=True)
class Why:
    """The latest assignment of a lead."""

    decided: str
    at: datetime
    by: str
    rule: str
    facts: list[str]
    people: list[Considered]


def assignment_why(lead: Lead) -> Why | None:
    """What decided about the lead last, with the people in question; nothing for leads nobody has placed."""
    rows = LeadAssignment.objects.filter(lead=lead).select_related("by").order_by("-pk")
    made = rows.first()
    if made is None:
        return None
    ids = {each["user"] for each in made.candidates} | {made.reason.get("customer_owner")}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[id_ for id_ in ids if id_])}
    return Why(
        decided=str(DECIDED.get(made.reason.get("code", ""), made.reason.get("code", ""))),
        at=made.at,
        by=str(made.by or ""),
        rule=_("“%(rule)s”, version %(version)s") % {"rule": made.rule_name, "version": made.rule_version}
        if made.rule_name
        else "",
        facts=_facts(made.reason),
        people=[_considered(each, names, made.owner_id) for each in made.candidates],
    )


def _facts(reason: dict[str, Any]) -> list[str]:
    facts = []
    territory = reason.get("territory")
    if territory and (found := Territory.objects.filter(pk=territory).first()):
        facts.append(_("Territory: %(name)s") % {"name": found})
    considered = reason.get("considered")
    if considered:
        words = ngettext("%(n)s person in question", "%(n)s people in question", considered)
        facts.append(words % {"n": considered})
    passed = [each for each in reason.get("passed", []) if "rule" in each]
    rules = AssignmentRule.objects.in_bulk([each["rule"] for each in passed]) if passed else {}
    for each in passed:
        name = rules.get(each["rule"], each["rule"])
        why = WHY_NOT.get(each["why"], each["why"])
        facts.append(_("Passed over “%(rule)s”: %(why)s") % {"rule": name, "why": why})
    return facts


def _considered(each: dict[str, Any], names: dict[int, str], owner: int | None) -> Considered:
    parts = []
    if not each.get("eligible"):
        parts.append(str(WHY_NOT.get(each.get("why", ""), each.get("why", ""))))
    if "load" in each:
        parts.append(ngettext("%(n)s open lead", "%(n)s open leads", each["load"]) % {"n": each["load"]})
    if "weight" in each:
        parts.append(_("weight %(n)s") % {"n": each["weight"]})
    return Considered(
        name=names.get(each["user"], str(each["user"])),
        is_chosen=each["user"] == owner,
        note=" · ".join(parts),
    )
