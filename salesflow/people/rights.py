"""The words for rights and scopes, as people who set up roles read them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salesflow.people import roles

RESOURCES: dict[str, str | Promise] = {
    "leads": _("Leads"),
    "customers": _("Customers"),
    "contacts": _("Contacts"),
    "opportunities": _("Opportunities"),
    "records": _("Records from files"),
    "collisions": _("Collisions"),
    "activities": _("Activities"),
    "tasks": _("Tasks"),
    "notes": _("Notes"),
    "attachments": _("Files"),
    "kpis": _("Figures"),
    "jobs": _("Imports and bulk changes"),
    "exports": _("Exports"),
    "notices": _("Notices"),
    "saved_views": _("Saved views"),
    "tokens": _("API tokens"),
    "webhooks": _("Webhooks"),
    "behaviour": _("Behaviour"),
    "audit": _("Audit"),
    "users": _("People and roles"),
    "teams": _("Teams and regions"),
    "territories": _("Territories"),
    "departments": _("Departments"),
    "calendars": _("Business calendars"),
    "workspace": _("Workspace settings"),
    "custom_fields": _("Custom fields"),
    "sources": _("Lead sources"),
    "campaigns": _("Campaigns"),
    "web_forms": _("Web forms"),
    "partners": _("Partners"),
    "partner_agreements": _("Partner agreements"),
    "reasons": _("Reasons"),
    "pools": _("Public pools"),
    "policies": _("First-contact policies"),
    "scoring": _("Scoring models"),
    "scoring_trials": _("Trials of scoring models"),
    "assignment": _("Assignment rules"),
    "policy_document": _("Policies as a file"),
    "cases": _("Example cases"),
}
VERBS: dict[str, str | Promise] = {
    "view": _("See"),
    "create": _("Enter"),
    "edit": _("Change"),
    "archive": _("Archive"),
    "restore": _("Restore"),
    "import": _("Import"),
    "contact": _("Log a contact"),
    "verify": _("Verify"),
    "qualify": _("Qualify"),
    "convert": _("Convert"),
    "disqualify": _("Disqualify"),
    "reopen": _("Reopen"),
    "rescore": _("Score again"),
    "score_explain": _("See the reasons of a score"),
    "claim": _("Claim from the pool"),
    "return": _("Return to the pool"),
    "assign": _("Assign"),
    "merge": _("Merge"),
    "share": _("Share"),
    "export": _("Export"),
    "download": _("Download"),
    "large": _("Export large lists"),
    "decide": _("Decide"),
    "split": _("Split the credit"),
}
SCOPES: dict[str, str | Promise] = {
    roles.NONE: _("no"),
    roles.OWN: _("own"),
    roles.TEAM: _("of the team"),
    roles.REGION: _("of the region"),
    roles.ALL: _("all"),
}


def resource_said(right: str) -> str:
    """What the right is about; the bare name of one that has no word."""
    resource = right.partition(".")[0]
    return str(RESOURCES.get(resource, resource))


def verb_said(right: str) -> str:
    verb = right.partition(".")[2]
    return str(VERBS.get(verb, verb))


def scope_said(right: str, scope: str) -> str:
    """A scope in words: yes, where the right is given or not and nothing between."""
    if scope == roles.ALL and roles.scopes_of(right) == (roles.NONE, roles.ALL):
        return str(_("yes"))
    return str(SCOPES.get(scope, scope))


def in_order(rights: list[str]) -> list[str]:
    """Rights by resource and deed, in the order of the words above."""
    resources, verbs = list(RESOURCES), list(VERBS)

    def place(right: str) -> tuple[int, str, int, str]:
        resource, _dot, verb = right.partition(".")
        return (
            resources.index(resource) if resource in RESOURCES else len(resources),
            resource,
            verbs.index(verb) if verb in VERBS else len(verbs),
            verb,
        )

    return sorted(rights, key=place)
