"""The custom fields of a record as its page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from salesflow.lib.lists.ports import CustomWord
from salesflow.work.custom_reading import EMPTY
from salesflow.work.services.custom_fields import custom_declared
from salesflow.work.services.custom_said import CustomSaid, is_link


@dataclass(frozen=True)
class CustomFact:
    """A field with its value in words; `url` where it leads somewhere, `edit` the form's field where it is in use."""

    label: str
    text: str
    url: str = ""
    edit: str = ""


@dataclass
class CustomGroup:
    """The fields under one heading; the first has none."""

    title: str = ""
    facts: list[CustomFact] = field(default_factory=list)


def custom_in_words(resource: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The values a record has, by the labels of their fields."""
    return {
        fact.label: fact.text for group in custom_facts(resource, values) for fact in group.facts if fact.text
    }


def custom_facts(resource: str, values: Mapping[str, Any]) -> list[CustomGroup]:
    """What a record has of custom fields, in their order and by their groups.

    Fields in use are shown without a value too; of others (put away, never declared) only values are.
    """
    declared, said = custom_declared(resource), CustomSaid()
    undeclared = [CustomWord(key, key, "text") for key in values if key not in declared]
    groups = {"": CustomGroup()}
    for word in (*declared.values(), *undeclared):
        value = values.get(word.key)
        if value in EMPTY and (word.archived or word.key not in declared):
            continue
        group = groups.setdefault(word.group, CustomGroup(word.group))
        url = value if is_link(word, value) else ""
        edit = f"custom.{word.key}" if word.key in declared and not word.archived else ""
        group.facts.append(CustomFact(word.label, said(word, value), url, edit))
    return [group for group in groups.values() if group.facts]
