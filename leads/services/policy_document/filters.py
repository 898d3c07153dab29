"""The filter of a rule with sources by their names: the database has them by id."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from leads.matching import FILTER, filter_check
from leads.services.policy_document.shape import Anything, Named, Reading
from salesflow.lib.lists.language import LONGEST, Group, Node, Not, Term, parse, terms_of
from salesflow.lib.yaml_text import Placed

SOURCE = "source"


@dataclass(frozen=True)
class FilterKind:
    """A filter as the document has it; every source is named, and the rest is what `filter_check` says."""

    def read(self, given: Placed, path: str, reading: Reading) -> Any:
        words = Anything().read(given, path, reading)
        if words is None:
            return None
        try:
            reading.named.extend(Named(SOURCE, name, path) for name in _named(words))
            filter_check(_turned(words, lambda name: "1"))
        except ValidationError as error:
            reading.fault(path, " ".join(error.messages), error.code or "invalid")
        return words


def filter_said(words: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A stored filter with names in place of ids; one of a source that is gone stays."""
    return _turned(words, lambda id_: names.get(id_, id_))


def filter_stored(words: Mapping[str, Any], source_id: Callable[[str], int]) -> dict[str, Any]:
    """A filter of the document with ids in place of names."""
    return _turned(words, source_id)


def sources_of(words: Mapping[str, Any]) -> list[str]:
    """The ids of sources a stored filter names."""
    return list(_named(words))


def _named(words: Mapping[str, Any]) -> Iterator[str]:
    given = words.get(SOURCE, [])
    yield from (str(each) for each in (given if isinstance(given, list) else [given]))
    if isinstance(text := words.get(FILTER), str):
        for term in terms_of(parse(text)):
            if term.word == SOURCE:
                yield from term.values


def _turned(words: Mapping[str, Any], turn: Callable[[str], Any]) -> dict[str, Any]:
    """The filter with each source as `turn` gives it; its other words, and a text without sources, stay as they are."""
    found = dict(words)
    if SOURCE in found:
        given = found[SOURCE]
        found[SOURCE] = [turn(str(each)) for each in given] if isinstance(given, list) else turn(str(given))
    text = found.get(FILTER)
    if isinstance(text, str):
        tree = parse(text)
        written = str(_tree(tree, turn))
        if any(term.word == SOURCE and term.values for term in terms_of(tree)) and len(written) <= LONGEST:
            found[FILTER] = written
    return found


def _tree(tree: Node, turn: Callable[[str], Any]) -> Node:
    if isinstance(tree, Group):
        return replace(tree, parts=tuple(_tree(part, turn) for part in tree.parts))
    if isinstance(tree, Not):
        return replace(tree, part=_tree(tree.part, turn))
    if isinstance(tree, Term) and tree.word == SOURCE:
        return replace(tree, values=tuple(str(turn(value)) for value in tree.values))
    return tree
