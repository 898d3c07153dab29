"""Why the rules send a lead where they send it, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: What decided: the code of a decision's reason.
DECIDED: dict[str, str | Promise] = {
    "weighted_round_robin": gettext_lazy("his turn in the weighted round robin"),
    "least_loaded": gettext_lazy("the fewest open leads"),
    "best_match": gettext_lazy("the best match of place and industry"),
    "customer_owner": gettext_lazy("owns the customer already"),
    "nobody_eligible": gettext_lazy("nobody can take it now"),
    "no_rule": gettext_lazy("no rule applies"),
    "named": gettext_lazy("named by hand"),
    "assigned": gettext_lazy("assigned by hand"),
    "pool": gettext_lazy("put into the pool"),
}
#: Why somebody cannot take a lead.
REFUSED: dict[str, str | Promise] = {
    "inactive": gettext_lazy("switched off"),
    "not_selling": gettext_lazy("does not sell"),
    "absent": gettext_lazy("away"),
    "capacity": gettext_lazy("at capacity"),
    "daily_cap": gettext_lazy("had enough for today"),
    "held_limit": gettext_lazy("at the holding limit"),
    "cooling_down": gettext_lazy("gave it back lately"),
    "grade": gettext_lazy("not for this grade"),
    "weight_zero": gettext_lazy("has weight 0"),
}
#: Why a rule was passed over although its filter matched.
PASSED: dict[str, str | Promise] = {
    "no_territory": gettext_lazy("no territory holds its place"),
    "no_expert": gettext_lazy("nobody there knows its industry"),
}


def decided_said(reason: Mapping[str, Any]) -> str:
    code = reason.get("code", "")
    return str(DECIDED.get(code, code))


def refused_said(why: str) -> str:
    return str(REFUSED.get(why, why))


def passed_said(
    reason: Mapping[str, Any], *, rules: Mapping[int, str], people: Mapping[int, str]
) -> list[str]:
    """A line for each rule or customer's owner that was passed over."""
    lines = []
    for each in reason.get("passed", ()):
        if "rule" in each:
            why = PASSED.get(each["why"], each["why"])
            lines.append(
                _("“%(rule)s” passed over: %(why)s") % {"rule": rules.get(each["rule"], "–"), "why": why}
            )
        else:
            name = people.get(each["customer_owner"], "–")
            said = {"name": name, "why": refused_said(each["why"])}
            lines.append(_("%(name)s owns the customer, but: %(why)s") % said)
    return lines
