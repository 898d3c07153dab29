"""The rights table: every address and method, what it needs, and what each role gets there.

It is worked out from what the doors declare and from the table of roles; `manage.py authz_table` prints it and the
rights tests hold the running product against it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from salesflow.lib.api import scopes
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
    view_right = row.view.rights.get("retrieve")
    sight = rights.get(view_right, roles.NONE) if view_right else roles.ALL
    expected = {
        name: UNSEEN if not _reaches(sight, name) else SEEN if _reaches(scope, name) else REFUSED
        for name in RELATIONS
    }
    return {**expected, "own": SEEN} if row.action in getattr(row.view, "on_oneself", ()) else expected


def _expected_of_collection(row: Declared, scope: str) -> str:
    if scope != roles.NONE:
        return SEEN
    shows_nothing = row.action in ("list", "count") and not getattr(row.view, "closed", False)
    return EMPTY if shows_nothing else REFUSED


def _reaches(scope: str, relation: str) -> bool:
    return roles.SCOPES.index(scope) >= roles.SCOPES.index(RELATIONS[relation])


@dataclass(frozen=True)
class Page:
    """An address for people: open to strangers, or sign-in first. What is seen and done there the services decide."""

    path: str
    name: str
    is_public: bool


def pages() -> list[Page]:
    """Every address outside the REST surface and the admin, which admits administrators only."""
    return [
        Page(path, pattern.name or "", not getattr(pattern.callback, "login_required", True))
        for path, pattern in _addresses(get_resolver().url_patterns, "/")
        if not path.startswith(("/api/", "/admin/"))
    ]


def _addresses(patterns: Any, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, path)
        else:
            yield path, pattern
