"""What may stand where in a policy document: kinds of values, read with the place of every fault.

A kind takes a placed value and gives a plain one; what is wrong goes into the `Reading` with its path and line, so that
one reading tells all faults. Ranges and choices are not asked here: the models know them, and the services that write.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from salesflow.lib.yaml_text import Placed


class Named(NamedTuple):
    """That somebody or something is named in a place."""

    what: str
    name: str
    path: str


@dataclass
class Reading:
    """What a reading found on its way: faults by path, the line of each path, and who or what is named where."""

    faults: dict[str, list[ValidationError]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)

    def fault(self, path: str, message: str, code: str = "invalid") -> None:
        """Note a fault, in words that begin with its line."""
        self.faults.setdefault(path, []).append(self.error(path, message, code))

    def error(self, path: str, message: str, code: str = "invalid") -> ValidationError:
        words = _("Line %(line)s: %(message)s") % {"line": self.line(path), "message": message}
        return ValidationError(words, code=code)

    def line(self, path: str) -> int:
        """Where the path stands, or what it is part of."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def require(self) -> None:
        if self.faults:
            raise ValidationError(self.faults)  # type: ignore[arg-type]


class Kind(Protocol):
    def read(self, given: Placed, path: str, reading: Reading) -> Any: ...


@dataclass(frozen=True)
class Plain:
    """One value of these types; `null` where there may be none."""

    types: tuple[type, ...]
    null: bool = False

    def read(self, given: Placed, path: str, reading: Reading) -> Any:
        reading.lines[path] = given.line
        value = given.value
        if value is None and self.null:
            return None
        if not isinstance(value, self.types) or (isinstance(value, bool) and bool not in self.types):
            reading.fault(path, _wanted(self.types[0]), "wrong_type")
            return None
        return value


TEXT = Plain((str,))
WHOLE = Plain((int,))
WHOLE_OR_NONE = Plain((int,), null=True)
NUMBER = Plain((float, int))
FLAG = Plain((bool,))


def _wanted(kind: type) -> str:
    return {
        str: _("a text is needed here; put numbers and the like in quotes"),
        int: _("a whole number is needed here"),
        float: _("a number is needed here"),
        bool: _("true or false is needed here"),
        list: _("a list is needed here"),
        dict: _("names with values are needed here"),
    }[kind]


@dataclass(frozen=True)
class Reference:
    """Somebody by e-mail address, or something by its name; whether there is one is asked of all at once."""

    what: str
    null: bool = False

    def read(self, given: Placed, path: str, reading: Reading) -> Any:
        name = Plain((str,), self.null).read(given, path, reading)
        if name is None:
            return None
        name = name.strip().lower() if self.what == "person" else name
        reading.named.append(Named(self.what, name, path))
        return name


@dataclass(frozen=True)
class Several:
    """A list of values of one kind, in order, each once."""

    kind: Kind

    def read(self, given: Placed, path: str, reading: Reading) -> Any:
        found = [self.kind.read(each, where, reading) for where, each in _items(given, path, reading)]
        return found if reading.faults else sorted(set(found))


@dataclass(frozen=True)
class Group:
    """Names with values: those of `fields`, of which `needed` must be there; others are refused."""

    fields: Mapping[str, Kind]
    needed: tuple[str, ...] = ()

    def read(self, given: Placed, path: str, reading: Reading) -> dict[str, Any]:
        reading.lines[path] = given.line
        if not isinstance(given.value, dict):
            reading.fault(path, _wanted(dict), "wrong_type")
            return {}
        found = {}
        for name, value in given.value.items():
            where = f"{path}.{name}" if path else name
            if name not in self.fields:
                reading.lines[where] = value.line
                known = ", ".join(self.fields)
                words = _("“%(name)s” is not known here; there are: %(known)s")
                reading.fault(where, words % {"name": name[:60], "known": known}, "unknown_field")
            else:
                found[name] = self.fields[name].read(value, where, reading)
        for name in self.needed:
            if name not in given.value:
                reading.fault(path, _("“%(name)s” is missing") % {"name": name}, "required")
        return found


@dataclass(frozen=True)
class Records:
    """A list of groups, each called by what it has under one of these names.

    With `once` no two may be called the same; else the second is `name #2`.
    """

    group: Group
    called: tuple[str, ...]
    once: bool = True

    def read(self, given: Placed, path: str, reading: Reading) -> list[dict[str, Any]]:
        found, seen = [], Counter[str]()
        for where, each in _items(given, path, reading):
            name = _name_of(each, self.called)
            seen[name] += 1
            if name:
                where = f"{path}[{numbered(name, seen[name])}]"
            if name and self.once and seen[name] > 1:
                reading.lines[where] = each.line
                reading.fault(where, _("“%(name)s” stands here twice") % {"name": name[:60]}, "duplicate")
            found.append(self.group.read(each, where, reading))
        return found


def numbered(name: str, number: int) -> str:
    """What the second and later ones of a name are called."""
    return name if number == 1 else f"{name} #{number}"


@dataclass(frozen=True)
class Anything:
    """Whatever JSON may say; the service judges it."""

    types: tuple[type, ...] = (dict,)

    def read(self, given: Placed, path: str, reading: Reading) -> Any:
        value = Plain(self.types).read(given, path, reading)
        return None if value is None else given.plain()


def _items(given: Placed, path: str, reading: Reading) -> Iterator[tuple[str, Placed]]:
    """The values of a list, each with its path."""
    if Plain((list,)).read(given, path, reading) is not None:
        for place, each in enumerate(given.value):
            yield f"{path}[{place}]", each


def _name_of(given: Placed, called: tuple[str, ...]) -> str:
    group = given.value if isinstance(given.value, dict) else {}
    held = (group[name].value for name in called if name in group)
    return next((value for value in held if isinstance(value, str)), "")
