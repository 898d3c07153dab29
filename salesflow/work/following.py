"""What followers of a record are told: each app declares the events of its records that matter.

    news_for("contacts.opportunity", "contacts.opportunity_archived", edits={"contacts.opportunity_edited": ("owner",)})

What is said and attached matters on every record (`EVERYWHERE`). An edit matters when it changes one of its fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from salesflow.journal.models import Event
from salesflow.journal.texts import event_text

EVERYWHERE = ("work.note_added", "work.activity_logged", "files.attached")
#: An event names at most so many kinds of news; more would be no sentence.
SAID = 5

_kinds: set[str] = set(EVERYWHERE)
_edits: dict[str, frozenset[str]] = {}
_types: set[str] = set()


def news_for(type_: str, *kinds: str, edits: Mapping[str, Sequence[str]] | None = None) -> None:
    """Say that records of this kind can be followed, and which of their events followers are told of."""
    _types.add(type_)
    _kinds.update(kinds)
    _edits.update({kind: frozenset(fields) for kind, fields in (edits or {}).items()})


def followed_types() -> frozenset[str]:
    return frozenset(_types)


def news_kinds() -> list[str]:
    return sorted(_kinds | _edits.keys())


def is_news(event: Event) -> bool:
    """Whether it matters to followers; the caller has asked for its kind."""
    return event.kind in _kinds or bool(_edits[event.kind] & set(event.data.get("fields", ())))


def news_stored(event: Event, owners: Mapping[int, str]) -> dict[str, Any]:
    """What a notice keeps of an event: codes and names, no value of the record."""
    stored: dict[str, Any] = {"kind": event.kind}
    if event.kind in _edits:
        stored["fields"] = sorted(_edits[event.kind] & set(event.data.get("fields", ())))
    owner = event.data.get("owner")
    if isinstance(owner, int):
        stored["owner_name"] = owners.get(owner, "")
    return stored


def news_words(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same in the reader's language."""
    type_ = params.get("type", "")
    said = list(dict.fromkeys(_said(type_, each) for each in params.get("said", ())))
    people = ", ".join(params.get("people", ()))
    return {**params, "what": "; ".join(said) + (f" ({people})" if people else "")}


def _said(type_: str, stored: Mapping[str, Any]) -> str:
    text = event_text(stored.get("kind", ""), stored)
    fields = [_label(type_, name) for name in stored.get("fields", ())]
    return _("%(what)s: %(fields)s") % {"what": text, "fields": ", ".join(fields)} if fields else text


def _label(type_: str, name: str) -> str:
    try:
        return str(apps.get_model(type_)._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except (FieldDoesNotExist, LookupError, ValueError):
        return name
