"""Roles and what each may see and do, in one table.

The table is the default: roles are records (`people.Role`) that an administrator may change, and each starts from
here. It also makes the rights documentation and the rights tests. A right is (resource, action) -> scope; what is
not listed is refused.

Scopes, narrow to wide: none < own < team < region < all. A person holding several roles has the widest of each.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

NONE: Final = "none"
OWN: Final = "own"
TEAM: Final = "team"
REGION: Final = "region"
ALL: Final = "all"
SCOPES: Final = (NONE, OWN, TEAM, REGION, ALL)

ROLE_NAMES: Final = {
    "rep": _("Sales rep"),
    "manager": _("Sales manager"),
    "director": _("Regional director"),
    "finance": _("Finance"),
    "legal": _("Legal"),
    "agent": _("Service agent"),
    "service_manager": _("Service manager"),
    "marketing": _("Marketing"),
    "inside_sales": _("Inside sales"),
    "warehouse": _("Warehouse"),
    "technical": _("Technical"),
    "admin": _("Administrator"),
    "auditor": _("Auditor"),
    "integration": _("Integration"),
}

#: Roles whose holders may own leads, claim from pools and be assigned to.
SELLING_ROLES: Final = ("rep", "inside_sales")

#: What everybody who may sign in can do: name colleagues, plan own work, keep own views.
EVERYBODY: Final = {
    "users.view": ALL,
    "teams.view": ALL,
    "territories.view": ALL,
    "departments.view": ALL,
    "calendars.view": ALL,
    "workspace.view": ALL,
    "custom_fields.view": ALL,
    "tasks.view": OWN,
    "tasks.edit": OWN,
    "tasks.create": OWN,
    # files are seen and changed with the record they hang on, whose own rights decide; here stand those of tasks
    "attachments.view": OWN,
    "attachments.create": OWN,
    "attachments.edit": OWN,
    "attachments.archive": OWN,
    "notices.view": OWN,
    "notices.edit": OWN,
    "saved_views.view": OWN,
    "saved_views.edit": OWN,
    "tokens.view": OWN,
    "tokens.edit": OWN,
    "exports.view": OWN,
}


#: What may leave as a file; of it everybody takes out what he may see.
_EXPORTED = ("leads", "customers", "contacts", "opportunities", "tasks", "cases", "jobs", "partners")


def _selling(scope: str) -> dict[str, str]:
    """The rights of those who work leads, customers and opportunities, within `scope`."""
    verbs = {
        "leads": ("view", "create", "edit", "contact", "return", "verify", "qualify", "convert", "disqualify",
                  "reopen", "rescore", "archive", "import", "merge"),
        "customers": ("view", "create", "edit", "archive"),
        "contacts": ("view", "create", "edit", "archive"),
        "opportunities": ("view", "create", "edit", "archive"),
        "collisions": ("view", "create", "edit"),
        "activities": ("view", "create"),
        "notes": ("view", "create"),
        "jobs": ("view", "edit"),
        "kpis": ("view",),
        "behaviour": ("view",),
        "cases": ("create", "edit", "archive"),
        # customers, contacts, opportunities, tasks and more from files; each row is asked of its record's own rights
        "records": ("import",),
    }  # fmt: skip
    rights = {f"{resource}.{verb}": scope for resource, actions in verbs.items() for verb in actions}
    sharing = TEAM if scope in (OWN, TEAM) else ALL
    rights |= {f"{resource}.export": ALL for resource in _EXPORTED} | {"exports.download": OWN}
    return {**rights, "notes.edit": OWN, "saved_views.share": sharing}  # a note is its writer's


_LOOK_UP = {
    "sources.view": ALL,
    "campaigns.view": ALL,
    "web_forms.view": ALL,
    "partners.view": ALL,
    "reasons.view": ALL,
    "pools.view": ALL,
    "policies.view": ALL,
    "scoring.view": ALL,
    "cases.view": ALL,
}

_REP = {**_selling(OWN), **_LOOK_UP, "leads.claim": ALL, "leads.score_explain": OWN}
_LEADS_OF_OTHERS = (
    "leads.assign",
    "leads.restore",
    "assignment.view",
    "collisions.decide",
    "opportunities.split",
)


def _managing(scope: str) -> dict[str, str]:
    return {
        **_selling(scope),
        **_LOOK_UP,
        **{right: scope for right in _LEADS_OF_OTHERS},
        "tasks.view": scope,
        "tasks.create": scope,
        "tasks.edit": scope,
        **{f"attachments.{verb}": scope for verb in ("view", "create", "edit", "archive")},
        "assignment.view": ALL,
        "partners.create": ALL,
        "partners.edit": ALL,
        "partner_agreements.view": ALL,
        "partner_agreements.create": ALL,
        "partner_agreements.edit": ALL,
        # a whole book of business leaves only with who answers for a region or for all
        **({} if scope == TEAM else {"exports.large": ALL}),
    }


_SETTINGS = [
    "users",
    "teams",
    "territories",
    "departments",
    "calendars",
    "workspace",
    "custom_fields",
    "sources",
    "campaigns",
    "web_forms",
    "partners",
    "partner_agreements",
    "reasons",
    "pools",
    "policies",
    "scoring",
    "assignment",
]

_WEBHOOKS = ("webhooks.view", "webhooks.create", "webhooks.edit", "webhooks.archive")

_ADMIN = {
    **_managing(ALL),
    **dict.fromkeys(_WEBHOOKS, ALL),
    **{f"{resource}.{verb}": ALL for resource in _SETTINGS for verb in ("view", "create", "edit", "archive")},
    "sources.export": ALL,
    "campaigns.export": ALL,
    "audit.view": ALL,
    "behaviour.create": ALL,
    "scoring_trials.view": ALL,
    "policy_document.view": ALL,
    "policy_document.edit": ALL,
    "tokens.view": ALL,
    "tokens.edit": ALL,
    "saved_views.view": OWN,
    "jobs.view": ALL,
    "jobs.edit": ALL,
    "exports.view": ALL,
    "exports.download": ALL,
}

_AUDITOR = {
    right: ALL
    for right in (*_ADMIN,)
    if right.endswith(".view")
    and right not in ("tokens.view", "saved_views.view", "notices.view", "policy_document.view")
}
# who only audits writes nothing but his own notices and views
_AUDITOR |= dict.fromkeys(
    ("tasks.create", "tasks.edit", "attachments.create", "attachments.edit", "attachments.archive"), NONE
)

_MARKETING = {
    **_LOOK_UP,
    "sources.create": ALL,
    "sources.edit": ALL,
    "campaigns.create": ALL,
    "campaigns.edit": ALL,
    "web_forms.create": ALL,
    "web_forms.edit": ALL,
    "partners.create": ALL,
    "partners.edit": ALL,
    "partner_agreements.view": ALL,
    "leads.create": OWN,
    "leads.import": OWN,
    # sources, campaigns and partners leave as files and come back
    "records.import": OWN,
    **{f"{resource}.export": ALL for resource in ("sources", "campaigns", "partners")},
    "exports.download": OWN,
    "saved_views.share": ALL,
    "jobs.view": OWN,
    "jobs.edit": OWN,
    "kpis.view": ALL,
}

_INTEGRATION = {
    **_LOOK_UP,
    **dict.fromkeys(_WEBHOOKS, OWN),
    "leads.view": ALL,
    "leads.create": ALL,
    "leads.edit": ALL,
    "leads.import": ALL,
    "jobs.view": ALL,
    "jobs.edit": ALL,
    "behaviour.view": ALL,
    "behaviour.create": ALL,
    "scoring_trials.view": ALL,
    "customers.view": ALL,
    "contacts.view": ALL,
    "opportunities.view": ALL,
    "activities.view": ALL,
    "activities.create": ALL,
    **{f"{resource}.export": ALL for resource in _EXPORTED},
    "exports.download": OWN,
    "exports.large": ALL,
}

DEFAULT_RIGHTS: Final[dict[str, dict[str, str]]] = {
    "rep": _REP,
    "manager": _managing(TEAM),
    "director": _managing(REGION),
    "finance": {},
    "legal": {},
    "agent": {},
    "service_manager": {},
    "marketing": _MARKETING,
    "inside_sales": _REP,
    "warehouse": {},
    "technical": {},
    "admin": _ADMIN,
    "auditor": _AUDITOR,
    "integration": _INTEGRATION,
}


def all_rights() -> list[str]:
    """Every right the table names, for forms that edit a role and for checks of what views declare."""
    named = set(EVERYBODY)
    for rights in DEFAULT_RIGHTS.values():
        named |= set(rights)
    return sorted(named)


#: Resources whose records belong to nobody in particular: a right is given or not.
_OF_NOBODY = {*_SETTINGS, "audit", "scoring_trials", "policy_document"}
#: Resources that never show those of others.
_PRIVATE = {"notices", "saved_views"}


def scopes_of(right: str) -> tuple[str, ...]:
    """The scopes that mean something for a right, narrow to wide."""
    resource = right.partition(".")[0]
    given_or_not = right in ("behaviour.create", "exports.large") or right.endswith(".export")
    if resource in _OF_NOBODY or given_or_not:
        return (NONE, ALL)
    if right == "saved_views.share":
        return (NONE, TEAM, ALL)
    if resource in _PRIVATE:
        return (NONE, OWN)
    return (NONE, OWN, ALL) if resource in ("tokens", "webhooks") else SCOPES


def default_scopes(code: str) -> dict[str, str]:
    """Every right with the scope the table gives a role of this code."""
    given = {**EVERYBODY, **DEFAULT_RIGHTS.get(code, {})}
    return {right: given.get(right, NONE) for right in all_rights()}


def widest(*scopes: str) -> str:
    return max(scopes, key=SCOPES.index, default=NONE)


def widen(parts: list[dict[str, str]]) -> dict[str, str]:
    """The union of several roles' rights: for each right the widest scope."""
    denied = [right for right in EVERYBODY if parts and all(part.get(right) == NONE for part in parts)]
    union: dict[str, str] = {**EVERYBODY, **dict.fromkeys(denied, NONE)}
    for rights in parts:
        for right, scope in rights.items():
            union[right] = widest(union.get(right, NONE), scope)
    return union
