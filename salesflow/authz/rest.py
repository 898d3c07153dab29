"""What each role gets by every method of every REST address, worked out from what the doors declare."""

from dataclasses import asdict, dataclass
from typing import Any

from salesflow.lib.api import scopes
from salesflow.lib.api.doors import Door
from salesflow.lib.api.routes import Declared, declared
from salesflow.people import roles

#: How near the owner of a record stands to the person, and the narrowest scope that reaches him.
RELATIONS = {"own": roles.OWN, "team": roles.TEAM, "region": roles.REGION, "other": roles.ALL}
SEEN, REFUSED, UNSEEN, EMPTY = "ok", "403", "404", "empty"


@dataclass(frozen=True)
class Entry:
    """What one role gets by one method of one address; `expected` by the relation of the record's owner."""

    method: str
    path: str
    resource: str
    action: str
    right: str
    role: str
    scope: str
    token_scopes: tuple[str, ...]
    expected: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def entries() -> list[Entry]:
    """The whole table of the REST surface, addresses in order, roles within."""
    from salesflow.api import PREFIX, router

    return [
        _entry(row, role, roles.widen([roles.DEFAULT_RIGHTS[role]]))
        for row in declared(router, PREFIX)
        for role in roles.ROLE_NAMES
    ]


def _entry(row: Declared, role: str, rights: dict[str, str]) -> Entry:
    scope = rights.get(row.right, roles.NONE) if row.right else roles.ALL
    return Entry(
        method=row.method,
        path=row.path,
        resource=row.resource,
        action=row.action,
        right=row.right or "signed in",
        role=role,
        scope=scope,
        token_scopes=scopes.needed(row.method, row.resource),
        expected=_expected(row, rights, scope),
    )


def _expected(row: Declared, rights: dict[str, str], scope: str) -> dict[str, str]:
    if not row.detail:
        return {"any": _expected_of_collection(row, scope)}
    if getattr(row.view, "closed", False) and scope == roles.NONE:
        return dict.fromkeys(RELATIONS, REFUSED)
    return expected_on_record(row.view, row.action, rights)


def expected_on_record(view: type[Door], action: str, rights: dict[str, str]) -> dict[str, str]:
    """What an action on a record gives by the relation of its owner: unseen, refused or let through."""
    right, view_right = view.rights[action], view.rights.get("retrieve")
    scope = rights.get(right, roles.NONE) if right else roles.ALL
    sight = rights.get(view_right, roles.NONE) if view_right else roles.ALL
    expected = {
        name: UNSEEN if not reaches(sight, name) else SEEN if reaches(scope, name) else REFUSED
        for name in RELATIONS
    }
    return {**expected, "own": SEEN} if action in getattr(view, "on_oneself", ()) else expected


def _expected_of_collection(row: Declared, scope: str) -> str:
    if scope != roles.NONE:
        return SEEN
    shows_nothing = row.action in ("list", "count") and not getattr(row.view, "closed", False)
    return EMPTY if shows_nothing else REFUSED


def reaches(scope: str, relation: str) -> bool:
    return roles.SCOPES.index(scope) >= roles.SCOPES.index(RELATIONS[relation])
