"""Fields that some people may not see, in one place for pages, REST, filters, orderings and exports.

An app registers a rule beside its models; without one every field of a visible record is visible.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Allowed = Callable[[Any], bool]
_rules: dict[str, list[tuple[frozenset[str], Allowed]]] = defaultdict(list)
_NOTHING: frozenset[str] = frozenset()


def hide(resource: str, names: set[str], *, unless: Allowed) -> None:
    """Keep these fields of a resource from everybody of whom `unless(user)` is not true."""
    _rules[resource].append((frozenset(names), unless))


def hidden(resource: str, user: Any) -> frozenset[str]:
    """The fields of a resource that this person must not read, filter by, sort by or search in."""
    rules = _rules.get(resource)
    if not rules:
        return _NOTHING
    return _NOTHING.union(*(names for names, allowed in rules if not allowed(user)))
