"""YAML as people keep settings in it: read strictly, each value with its line; written in one order and shape.

What is read says no more than JSON could: texts, numbers, truth values, null, lists and names with values. Anchors and
aliases (a few lines of them can stand for gigabytes), tags, a second document, and a name that stands twice are
refused. Only `true` and `false` are truth values; `no`, a date and `12:30` are texts.
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import yaml
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: How deep values may stand in each other.
DEEPEST = 20
#: Lists and groups of plain values that fit are written in one line.
SHORT = 72
WIDTH = 110
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")
_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Placed:
    """A value and the line it stands in; lists and groups hold placed values themselves."""

    value: Any
    line: int

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        if isinstance(self.value, dict):
            return {name: each.plain() for name, each in self.value.items()}
        return self.value


def yaml_read(text: str) -> Placed:
    """What the text says; raises ValidationError (`yaml`), naming the line, for what is not read."""
    try:
        return _Loader(text).whole()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        refuse(mark.line + 1 if mark else 1, str(error.problem or error.context))
    except yaml.YAMLError as error:
        refuse(1, str(error).splitlines()[0])


def yaml_write(data: Any) -> str:
    """The text of plain data, names in the order they have."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def refuse(line: int, problem: str) -> NoReturn:
    message = _("Line %(line)s cannot be read: %(problem)s")
    raise ValidationError(message, code="yaml", params={"line": line, "problem": problem})


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    depth = 0

    def whole(self) -> Placed:
        """The only document of the text."""
        try:
            node = self.get_single_node()
            return self._placed(node) if node is not None else Placed(None, 1)
        finally:
            self.dispose()

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            refuse(line, _("references (& and *) are not taken"))
        if getattr(event, "tag", None):
            refuse(line, _("tags (!) are not taken"))
        if self.depth >= DEEPEST:
            refuse(line, _("values stand too deep in each other"))
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _placed(self, node: Any, line: int | None = None) -> Placed:
        line = line or node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            return Placed([self._placed(each) for each in node.value], line)
        if isinstance(node, yaml.MappingNode):
            return Placed(self._named(node), line)
        if _UNSTORABLE.search(node.value):
            refuse(line, _("it holds characters that are no text"))
        return Placed(_SCALARS[node.tag](node.value), line)

    def _named(self, node: Any) -> dict[str, Placed]:
        found: dict[str, Placed] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_PREFIX}str":
                refuse(line, _("a name is a text; put it in quotes"))
            if _UNSTORABLE.search(key.value):
                refuse(line, _("it holds characters that are no text"))
            if key.value in found:
                refuse(line, _("“%(name)s” stands here twice") % {"name": key.value[:60]})
            found[key.value] = self._placed(value, line)
        return found


_SCALARS: dict[str, Any] = {
    f"{_PREFIX}null": lambda text: None,
    f"{_PREFIX}bool": lambda text: text.lower() == "true",
    f"{_PREFIX}int": int,
    f"{_PREFIX}float": float,
    f"{_PREFIX}str": str,
}
# each of them narrower than what the writer puts in quotes, so that texts come back as texts
for _kind, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,30})$", list("-+0123456789")),
    ("float", r"^[-+]?[0-9]{1,30}\.[0-9]{0,30}(?:[eE][-+][0-9]{1,2})?$", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"{_PREFIX}{_kind}", re.compile(_pattern), _first)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent(self, data: Any) -> None:
        node = self.represent_data(data)
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = False  # the outermost names stand in lines of their own
        self.serialize(node)

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        return _lined(super().represent_sequence(tag, sequence, flow_style))

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        return _lined(super().represent_mapping(tag, mapping, flow_style))


def _lined(node: Any) -> Any:
    """In one line if all of it is plain and short."""
    parts = [part for each in node.value for part in (each if isinstance(each, tuple) else (each,))]
    plain = all(isinstance(part, yaml.ScalarNode) for part in parts)
    node.flow_style = plain and sum(len(part.value) + 2 for part in parts) <= SHORT
    return node
