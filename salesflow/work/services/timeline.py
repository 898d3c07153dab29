"""One timeline per record: what was said, noted, changed and decided, newest first.

The journal is its backbone, since every deed records an event on its record; what people wrote and attached is
fetched beside it. Six statements a page, whatever its length; one more where people are mentioned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from salesflow.files.models import Attachment
from salesflow.journal.models import Event, EventPrivate
from salesflow.journal.texts import event_icon, event_text
from salesflow.people.models import User
from salesflow.work.mentions import mentions_drawn, mentions_plain
from salesflow.work.models import Activity, Channel, Direction, Note, Outcome
from salesflow.work.services.changes import Change, changes_tell
from salesflow.work.services.mentions import names_of_mentioned

PAGE = 30
#: Kinds that say nothing a reader of the timeline would miss.
QUIET = ("work.task_changed",)
TALKS = ("work.activity_logged",)
NOTES = ("work.note_added", "work.note_edited", "work.note_archived", "work.note_restored")
FILES = ("files.attached", "files.renamed", "files.removed", "files.restored")
#: What a reader may narrow the timeline to; changes are all the rest.
_KINDS_OF = {"talks": TALKS, "notes": NOTES, "files": FILES}
PARTS = (*_KINDS_OF, "changes")
ICONS = {
    Channel.CALL: "phone",
    Channel.EMAIL: "mail",
    Channel.MESSAGE: "message",
    Channel.MEETING: "users",
    Channel.VISIT: "map-pin",
}


@dataclass
class Entry:
    """One line: when, who (None is the clock), what, with the text people wrote and the fields that changed."""

    id: int
    at: datetime
    kind: str
    actor: Any | None
    text: str
    icon: str
    body: str = ""
    #: The same for a page: escaped, with whom it mentions by his name of now.
    drawn: SafeString | str = ""
    #: The page of what the body names, such as a file that is still there.
    url: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    #: The same changes as people read them.
    told: list[Change] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at,
            "kind": self.kind,
            "by": getattr(self.actor, "pk", None),
            "by_name": str(self.actor) if self.actor else None,
            "text": self.text,
            "body": self.body or None,
            "data": self.data,
            "changes": self.changes,
        }


@dataclass
class TimelinePage:
    entries: list[Entry]
    next: int | None


def timeline(
    *,
    subject_type: str,
    subject_id: int,
    also: Sequence[int] = (),
    before: str | int = "",
    limit: int = PAGE,
    part: str = "",
) -> TimelinePage:
    """A page of a record's timeline before the entry of that id; the caller has asked who may see the record.

    `also` are the ids of records that were merged into it. `part` is one of `PARTS`: only what was said, only notes,
    only files, or all that is none of these.
    """
    ids = [subject_id, *also]
    rows = Event.objects.filter(subject_type=subject_type, subject_id__in=ids).exclude(kind__in=QUIET)
    if part in _KINDS_OF:
        rows = rows.filter(kind__in=_KINDS_OF[part])
    elif part == "changes":
        rows = rows.exclude(kind__in=(*TALKS, *NOTES, *FILES))
    if before:
        if not str(before).isdigit() or int(before) >= 2**63:
            raise ValidationError(
                {"before": ValidationError(_("This is no place in the timeline."), code="invalid")}
            )
        rows = rows.filter(pk__lt=int(before))
    events = list(rows.select_related("actor").order_by("-pk")[: limit + 1])
    more, events = len(events) > limit, events[:limit]
    hidden = {
        part.event_id: part.data for part in EventPrivate.objects.filter(event__in=[e.pk for e in events])
    }
    bodies, names, files = _bodies(events), _owner_names(events), _files(events)
    entries = [_entry(event, hidden.get(event.pk, {}), bodies.get(event.pk, ""), names) for event in events]
    mentioned = names_of_mentioned(entry.body for entry in entries)
    for entry in entries:
        entry.drawn, entry.body = mentions_drawn(entry.body, mentioned), mentions_plain(entry.body, mentioned)
        _name_file(entry, files.get(entry.id))
    changes_tell("files.attachment", [entry for entry in entries if entry.kind in FILES])
    changes_tell(subject_type, [entry for entry in entries if entry.kind not in FILES])
    return TimelinePage(entries=entries, next=events[-1].pk if more else None)


def _bodies(events: list[Event]) -> dict[int, str]:
    activities = {event.data["activity"]: event.pk for event in events if event.data.get("activity")}
    notes = {event.data["note"]: event.pk for event in events if isinstance(event.data.get("note"), int)}
    found: dict[int, str] = {}
    if activities:
        said = Activity.objects.filter(pk__in=activities).values_list("pk", "summary")
        found |= {activities[pk]: text for pk, text in said}
    if notes:
        written = Note.objects.filter(pk__in=notes, archived_at=None).values_list("pk", "body")
        found |= {notes[pk]: text for pk, text in written}
    return found


def _files(events: list[Event]) -> dict[int, Attachment]:
    """What events of files are about, by the event."""
    about = {event.pk: event.data["attachment"] for event in events if event.kind in FILES}
    found = Attachment.objects.in_bulk(set(about.values())) if about else {}
    return {event: found[pk] for event, pk in about.items() if pk in found}


def _name_file(entry: Entry, attachment: Attachment | None) -> None:
    """What the file is called now, and its page while it is there."""
    if attachment is not None:
        entry.body = entry.drawn = attachment.name
        entry.url = attachment.get_absolute_url() if attachment.archived_at is None else ""


def _owner_names(events: list[Event]) -> dict[int, str]:
    """Events hold ids of people, sentences their names (`owner_name`)."""
    owners = {event.data["owner"] for event in events if isinstance(event.data.get("owner"), int)}
    return dict(User.objects.filter(pk__in=owners).values_list("pk", "name")) if owners else {}


def _entry(event: Event, hidden: dict[str, Any], body: str, names: dict[int, str]) -> Entry:
    changes = hidden.get("changes", {})
    params = {**event.data, **{name: value for name, value in hidden.items() if name != "changes"}}
    params["owner_name"] = names.get(event.data.get("owner"), "")
    return Entry(
        id=event.pk,
        at=event.at,
        kind=event.kind,
        actor=event.actor,
        text=_talk(event.data) if event.kind in TALKS else event_text(event.kind, params),
        icon=ICONS.get(event.data.get("channel", ""), event_icon(event.kind)),
        body=body or str(hidden.get("note") or ""),
        data=event.data,
        changes=changes,
    )


def _talk(data: dict[str, Any]) -> str:
    """How somebody was spoken to, and what came of it."""
    words = [
        dict(Channel.choices).get(data.get("channel"), ""),
        dict(Outcome.choices).get(data.get("outcome"), ""),
    ]
    if data.get("direction") == Direction.INBOUND:
        words.insert(1, Direction.INBOUND.label)
    return " · ".join(str(word) for word in words if word)
