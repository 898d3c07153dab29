"""What the pages ask: a line for each address; one without a line makes the rights tests fail.

A page about a record is unseen (404) for whom the record does not exist, as it is over REST, and refused (403) where
the right does not reach its owner. A page without a record is refused where the role has no scope of the right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver

from salesflow.authz.rest import REFUSED, RELATIONS, SEEN, UNSEEN, reaches
from salesflow.people import roles

#: Whoever is signed in; what he sees there is what he may see.
SIGNED_IN: Final = "signed in"
#: The address does not know the method.
NO: Final = ""


@dataclass(frozen=True)
class Asks:
    """The right GET and POST need; `about` is the right to see the record in the address, if there is one."""

    get: str = SIGNED_IN
    post: str = SIGNED_IN
    about: str = ""

    def expected(self, method: str, rights: dict[str, str]) -> dict[str, str]:
        """Outcomes by the relation of the record's owner, or `any` without a record; nothing for an unknown method."""
        right = self.get if method == "GET" else self.post
        if right == NO:
            return {}
        scope = roles.ALL if right == SIGNED_IN else rights.get(right, roles.NONE)
        if not self.about:
            return {"any": REFUSED if scope == roles.NONE else SEEN}
        sight = rights.get(self.about, roles.NONE)
        return {
            name: UNSEEN if not reaches(sight, name) else SEEN if reaches(scope, name) else REFUSED
            for name in RELATIONS
        }


def _reading(about: str) -> Asks:
    return Asks(about, NO, about)


def _form(right: str, about: str = "") -> Asks:
    return Asks(right, right, about)


def _deed(right: str, about: str = "") -> Asks:
    return Asks(NO, right, about)


_LOOK = Asks(SIGNED_IN, NO)
_DO = Asks(NO, SIGNED_IN)
_LIST = Asks()

PAGES: Final[dict[str, Asks]] = {
    "home": _LOOK,
    "search": _LOOK,
    "figures": Asks("kpis.view", NO),
    "figures-sources": Asks("kpis.view", NO),
    "profile": _LIST,
    "change-password": _DO,
    "sessions": _LOOK,
    "session-end": _DO,
    "sessions-end": _DO,
    "own-tokens": _LIST,
    "own-token-revoke": _DO,
    "notice-settings": _LIST,
    "second-factor": _LIST,
    "second-factor-picture": _LOOK,
    "recovery-codes": _DO,
    "second-factor-off": _DO,
    "sign-out": _DO,
    "notices": _LOOK,
    "notice-open": _reading("notices.view"),
    "notice-read": _DO,
    "log": _deed("customers.edit", "customers.view"),
    "mention-people": _LOOK,
    "following": _LIST,
    # on a record that the form names; the table tries a customer
    "follow": _deed("customers.view", "customers.view"),
    "unfollow": _deed("customers.view", "customers.view"),
    "file-add": _deed("customers.edit", "customers.view"),
    "file": _reading("attachments.view"),
    "file-download": _reading("attachments.view"),
    "file-picture": _reading("attachments.view"),
    "file-thumbnail": _reading("attachments.view"),
    "file-rename": _form("attachments.edit", "attachments.view"),
    "file-remove": _deed("attachments.archive", "attachments.view"),
    "file-restore": _deed("attachments.archive", "attachments.view"),
    # tasks and views
    "tasks": _LIST,
    "calendar": _LOOK,
    "calendar-feed": _LIST,
    "calendar-feed-end": _DO,
    "meeting-new": _form("tasks.create"),
    "meeting": Asks("tasks.view", "tasks.edit", "tasks.view"),
    "meeting-invite": _deed("tasks.edit", "tasks.view"),
    "meeting-answer": _deed("tasks.view", "tasks.view"),
    "meeting-cancel": _deed("tasks.edit", "tasks.view"),
    "meeting-file": _reading("tasks.view"),
    "task-move": _deed("tasks.edit", "tasks.view"),
    "task-new": _form("tasks.create"),
    "tasks-done": _deed("tasks.edit"),
    "tasks-reopen": _deed("tasks.edit"),
    "task": Asks("tasks.view", "tasks.edit", "tasks.view"),
    "task-done": _deed("tasks.edit", "tasks.view"),
    "task-cancel": _deed("tasks.edit", "tasks.view"),
    "task-reopen": _deed("tasks.edit", "tasks.view"),
    "saved-view-save": _DO,
    "saved-view-rename": _deed("saved_views.edit", "saved_views.view"),
    "saved-view-share": _form("saved_views.edit", "saved_views.view"),
    "saved-view-remove": _deed("saved_views.edit", "saved_views.view"),
    "saved-view-restore": _deed("saved_views.edit", "saved_views.view"),
    "bulk-jobs": _LIST,
    "bulk-start": _deed("jobs.edit"),
    "bulk-set": _deed("jobs.edit"),
    "bulk-job": _reading("jobs.view"),
    "bulk-job-cancel": _deed("jobs.edit", "jobs.view"),
    "bulk-job-undo": _deed("jobs.edit", "jobs.view"),
    "exports": _LIST,
    # asks for the export of any list; whoever may take out one may take out partners
    "export-start": _deed("partners.export"),
    "export": _reading("exports.view"),
    "export-cancel": _deed("exports.download", "exports.view"),
    "export-download": Asks("exports.download", NO, "exports.view"),
    "hand-overs": _LIST,
    "hand-over-new": _form("leads.assign"),
    "hand-over": _reading("jobs.view"),
    # leads
    "leads:list": _LIST,
    "leads:pool": _LIST,
    "leads:new": _form("leads.create"),
    "leads:alike": Asks("leads.create", NO),
    "leads:detail": Asks("leads.view", "leads.view", "leads.view"),
    "leads:timeline": Asks("leads.view", "leads.view", "leads.view"),
    "leads:edit": _form("leads.edit", "leads.view"),
    "leads:cell": _form("leads.edit", "leads.view"),
    "leads:links": _form("leads.contact", "leads.view"),
    "leads:contact": Asks("leads.view", "leads.contact", "leads.view"),
    "leads:assign": _form("leads.assign", "leads.view"),
    "leads:return": _form("leads.return", "leads.view"),
    "leads:disqualify": _form("leads.disqualify", "leads.view"),
    "leads:verify": _form("leads.verify", "leads.view"),
    "leads:auto-assign": _deed("leads.assign", "leads.view"),
    "leads:claim": _deed("leads.claim", "leads.view"),
    "leads:reveal": _deed("leads.claim", "leads.view"),
    "leads:qualify": _deed("leads.qualify", "leads.view"),
    "leads:reopen": _deed("leads.reopen", "leads.view"),
    "leads:archive": _deed("leads.archive", "leads.view"),
    "leads:restore": _deed("leads.archive", "leads.view"),
    "leads:duplicates": _LIST,
    "leads:duplicates-search": _deed("leads.assign"),
    "leads:compare": Asks("leads.view", "leads.merge", "leads.view"),
    "leads:keep-apart": _deed("leads.merge", "leads.view"),
    "leads:compare-again": _deed("leads.merge", "leads.view"),
    "leads:unmerge": _deed("leads.merge", "leads.view"),
    "leads:assignment": Asks("leads.assign", NO),
    "leads:case-new": _form("cases.create", "leads.view"),
    "leads:cases": _LIST,
    "leads:case": _reading("cases.view"),
    "leads:case-edit": _form("cases.edit", "cases.view"),
    "leads:case-review": _form("cases.edit", "cases.view"),
    "leads:case-archive": _deed("cases.archive", "cases.view"),
    "leads:case-restore": _deed("cases.archive", "cases.view"),
    "leads:assign-many": _deed("leads.assign"),
    "leads:claim-many": _deed("leads.claim"),
    "leads:partners": _LIST,
    "leads:partner-new": _form("partners.create"),
    "leads:partner": _reading("partners.view"),
    "leads:partner-edit": _form("partners.edit", "partners.view"),
    "leads:nda-new": _form("partners.create", "partners.view"),
    "leads:nda": _reading("partners.view"),
    "leads:nda-edit": _form("partners.edit", "partners.view"),
    "leads:agreement-new": _form("partner_agreements.create", "partners.view"),
    "leads:agreement": _reading("partner_agreements.view"),
    "leads:agreement-edit": _form("partner_agreements.edit", "partner_agreements.view"),
    # imports
    "leads:submissions": _LIST,
    "leads:submissions-retry": _deed("web_forms.edit"),
    "leads:imports": _LIST,
    "leads:import-new": _form("leads.import"),
    "leads:import-template-csv": _LIST,
    "leads:import-template-xlsx": _LIST,
    "leads:import": Asks("jobs.view", "jobs.view", "jobs.view"),
    "leads:import-progress": Asks("jobs.view", "jobs.view", "jobs.view"),
    "leads:import-rejected": Asks("jobs.view", "jobs.view", "jobs.view"),
    "leads:import-preview": _deed("leads.import", "jobs.view"),
    "leads:import-reread": _deed("leads.import", "jobs.view"),
    "leads:import-stop": _deed("leads.import", "jobs.view"),
    "leads:import-start": _deed("leads.import", "jobs.view"),
    "leads:import-undo": _deed("leads.import", "jobs.view"),
    "leads:import-retry": _deed("leads.import", "jobs.view"),
    "imports": _LIST,
    "import-new": _form("records.import"),
    "import-template-csv": _LIST,
    "import-template-xlsx": _LIST,
    "import": Asks("jobs.view", "jobs.view", "jobs.view"),
    "import-progress": Asks("jobs.view", "jobs.view", "jobs.view"),
    "import-rejected": Asks("jobs.view", "jobs.view", "jobs.view"),
    "import-preview": _deed("records.import", "jobs.view"),
    "import-reread": _deed("records.import", "jobs.view"),
    "import-start": _deed("records.import", "jobs.view"),
    "import-cancel": _deed("records.import", "jobs.view"),
    "import-undo": _deed("records.import", "jobs.view"),
    "import-retry": _deed("records.import", "jobs.view"),
    # customers
    "contacts:customers": _LIST,
    "contacts:customer-new": _form("customers.create"),
    "contacts:customer": _reading("customers.view"),
    "contacts:customer-timeline": _reading("customers.view"),
    "contacts:customer-edit": _form("customers.edit", "customers.view"),
    "contacts:customer-cell": _form("customers.edit", "customers.view"),
    "contacts:customer-archive": _deed("customers.archive", "customers.view"),
    "contacts:customer-restore": _deed("customers.archive", "customers.view"),
    "contacts:collision-lead": _form("collisions.create", "leads.view"),
    "contacts:collision-customer": _form("collisions.create", "customers.view"),
    "contacts:collisions": _LIST,
    "contacts:collision": _reading("collisions.view"),
    "contacts:collision-statement": _deed("collisions.edit", "collisions.view"),
    "contacts:collision-decide": _deed("collisions.decide", "collisions.view"),
    "contacts:collision-withdraw": _deed("collisions.edit", "collisions.view"),
    "contacts:opportunity-credit": _form("opportunities.split", "opportunities.view"),
    "contacts:contact-new": _form("contacts.create", "customers.view"),
    "contacts:opportunity-new": _form("opportunities.create", "customers.view"),
    "contacts:contacts": _LIST,
    "contacts:contact-edit": _form("contacts.edit", "contacts.view"),
    "contacts:contact-cell": _form("contacts.edit", "contacts.view"),
    "contacts:contact-archive": _deed("contacts.archive", "contacts.view"),
    "contacts:contact-restore": _deed("contacts.archive", "contacts.view"),
    "contacts:opportunities": _LIST,
    "contacts:opportunity": _reading("opportunities.view"),
    "contacts:opportunity-timeline": _reading("opportunities.view"),
    "contacts:opportunity-edit": _form("opportunities.edit", "opportunities.view"),
    "contacts:opportunity-cell": _form("opportunities.edit", "opportunities.view"),
    "contacts:opportunity-archive": _deed("opportunities.archive", "opportunities.view"),
    "contacts:opportunity-restore": _deed("opportunities.archive", "opportunities.view"),
    "contacts:lead-convert": _form("leads.convert", "leads.view"),
}


@dataclass(frozen=True)
class Page:
    """An address for people: open to strangers, or sign-in first. `asks` is its line in `PAGES`."""

    path: str
    name: str
    is_public: bool
    asks: Asks | None


def pages() -> list[Page]:
    """Every address outside the REST surface and the admin, which admits administrators only."""
    return [
        Page(path, name, not getattr(pattern.callback, "login_required", True), PAGES.get(name))
        for path, name, pattern in _addresses(get_resolver().url_patterns, "/", "")
        if not path.startswith(("/api/", "/admin/"))
    ]


def _addresses(
    patterns: list[URLPattern | URLResolver], prefix: str, space: str
) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _addresses(pattern.url_patterns, path, inner)
        else:
            yield path, space + (pattern.name or ""), pattern
