"""What is to be set up about leads. A new workspace starts with defaults that work; they are worth a look."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.models import AssignmentRule, FirstContactPolicy, LeadSource, Pool, ScoringModel
from leads.services.defaults import LAST_RULE, SOURCES
from salesflow.lib.admin.checklist import Found, Step, register
from salesflow.lib.web.times import spelled

NAMES_AT_FIRST = [name for name, _channel, _kind in SOURCES]


def _sources() -> Found:
    current = LeadSource.objects.filter(archived_at=None)
    number = current.count()
    said = ngettext("%(n)s source", "%(n)s sources", number) % {"n": number}
    if not number:
        return Found("todo", _("none yet"))
    touched = current.filter(Q(version__gt=1) | ~Q(name__in=NAMES_AT_FIRST)).exists()
    return Found("done" if touched else "look", said)


def _scoring() -> Found:
    active = list(ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE).order_by("source_id"))
    if not any(model.source_id is None for model in active):
        return Found("todo", _("no model is in force"))
    # only the model a workspace starts with came into force without being activated by somebody
    chosen = any(model.version > 1 for model in active)
    return Found("done" if chosen else "look", ", ".join(map(str, active[:3])))


def _policies() -> Found:
    policies = list(FirstContactPolicy.objects.order_by("grade"))
    said = " · ".join(f"{policy.grade} {spelled(policy.limit_seconds)}" for policy in policies)
    return Found("done" if any(policy.version > 1 for policy in policies) else "look", said)


def _pool() -> Found:
    pool = Pool.objects.default()
    members, managers = pool.members.count(), pool.managers.count()
    said = _("%(members)s members, %(managers)s managers") % {"members": members, "managers": managers}
    return Found("done" if members and managers else "todo", said)


def _rules() -> Found:
    active = AssignmentRule.objects.filter(archived_at=None, is_active=True)
    number = active.count()
    if not number:
        return Found("todo", _("no rule is active"))
    said = ngettext("%(n)s active rule", "%(n)s active rules", number) % {"n": number}
    touched = active.filter(Q(version__gt=1) | ~Q(name=LAST_RULE)).exists()
    return Found("done" if touched else "look", said)


for step in (
    Step(
        "sources",
        gettext_lazy("Lead sources"),
        gettext_lazy("The channels leads come through, with their cost: figures are counted by them."),
        60,
        _sources,
        "admin:leads_leadsource_changelist",
    ),
    Step(
        "scoring",
        gettext_lazy("Scoring"),
        gettext_lazy("What makes an A, a B, a C. Try a draft on past leads before it is put in force."),
        70,
        _scoring,
        "admin:leads_scoringmodel_changelist",
    ),
    Step(
        "policies",
        gettext_lazy("First contact"),
        gettext_lazy("How long an owner has for the first contact of a lead of each grade."),
        80,
        _policies,
        "admin:leads_firstcontactpolicy_changelist",
    ),
    Step(
        "pool",
        gettext_lazy("Public pool"),
        gettext_lazy("Who may claim leads nobody owns, who assigns them, and how many one may hold."),
        90,
        _pool,
        "admin:leads_pool_changelist",
    ),
    Step(
        "rules",
        gettext_lazy("Assignment rules"),
        gettext_lazy("Who gets a new lead: by place, industry, turn or load. Try them on leads that wait."),
        100,
        _rules,
        "admin:leads_assignmentrule_changelist",
    ),
):
    register(step)
