"""What a document would change, value by value."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leads.services.policy_document.shape import numbered

#: What parts of a list are called by, the first that all of them have.
CALLED = ("key", "person", "team", "role")


@dataclass(frozen=True)
class Change:
    """One value: as it is (None: not there yet) and as it would be (None: not there any more)."""

    path: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "from": self.before, "to": self.after}


def changes_between(path: str, before: Any, after: Any) -> Iterator[Change]:
    """Every difference, as deep as both sides have the same names."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from changes_between(f"{path}.{name}", before.get(name), after.get(name))
        return
    parts = _called(before), _called(after)
    if parts[0] and parts[1]:
        for name in [*parts[0], *(name for name in parts[1] if name not in parts[0])]:
            yield from changes_between(f"{path}[{name}]", parts[0].get(name), parts[1].get(name))
        if before != after and parts[0] == parts[1]:  # only their order differs
            yield Change(path, list(parts[0]), list(parts[1]))
        return
    if before != after:
        yield Change(path, before, after)


def _called(value: Any) -> dict[str, Any]:
    """The parts of a list by what they are called; nothing if they have no names."""
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        return {}
    seen: Counter[str] = Counter()
    found = {}
    for each in value:
        name = next((str(each[word]) for word in CALLED if each.get(word)), "")
        if not name:
            return {}
        seen[name] += 1
        found[numbered(name, seen[name])] = each
    return found
