"""One event as others send it, read strictly."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from leads.models import LeadEvent
from leads.scoring.sql import AHEAD_SECONDS
from salesflow.lib.text.emails import email_key

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_FIELDS = frozenset({"event_id", "lead", "visitor", "email", "kind", "occurred_at", "url", "dwell_seconds"})
_MOST_ID = 2**63 - 1
_DAY = 86_400


@dataclass
class EventDraft:
    """An event before it is stored; `place` is where it stood in the call."""

    place: int
    kind: str
    occurred_at: datetime
    lead_id: int | None = None
    visitor: str = ""
    email_key: str | None = None
    event_id: str | None = None
    url: str = ""
    dwell_seconds: int | None = None


def event_read(item: Any, *, place: int) -> EventDraft:
    """Read one event; raises ValidationError by field."""
    if not isinstance(item, dict):
        raise ValidationError({"event": ValidationError(_("An event is an object."), code="invalid")})
    faults: dict[str, ValidationError] = {}

    def read(name: str, reader: Any) -> Any:
        try:
            return reader(item.get(name))
        except ValidationError as error:
            faults[name] = error
            return None

    for name in sorted(set(map(str, item)) - _FIELDS):
        faults[name[:60]] = ValidationError(_("There is no such field."), code="unknown_field")
    draft = EventDraft(
        place=place,
        kind=read("kind", _kind),
        occurred_at=read("occurred_at", _moment),
        lead_id=read("lead", lambda value: _whole(value, _MOST_ID)),
        visitor=read("visitor", lambda value: _text(value, 120)) or "",
        email_key=read("email", _email),
        event_id=read("event_id", lambda value: _text(value, 120)) or None,
        url=read("url", _url) or "",
        dwell_seconds=read("dwell_seconds", lambda value: _whole(value, _DAY)),
    )
    if not faults and not (draft.lead_id is not None or draft.visitor or draft.email_key):
        faults["lead"] = ValidationError(_("Name a lead, a visitor or an e-mail address."), code="required")
    if faults:
        raise ValidationError(faults)
    return draft


def _kind(value: Any) -> str:
    if not isinstance(value, str) or value not in LeadEvent.Kind.values:
        kinds = ", ".join(LeadEvent.Kind.values)
        raise ValidationError(_("Say one of: %(kinds)s.") % {"kinds": kinds}, code="invalid_choice")
    return value


def _moment(value: Any) -> datetime:
    """ISO 8601 with an offset, neither before 2000 nor more than five minutes ahead of us."""
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValidationError(_("Write a time as in ISO 8601, with its offset."), code="invalid")
    if not EARLIEST <= moment <= timezone.now() + timedelta(seconds=AHEAD_SECONDS):
        raise ValidationError(_("This time is too far away."), code="out_of_range")
    return moment.astimezone(UTC)


def _whole(value: Any, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValidationError(_("Say a whole number from 0 to %(most)s.") % {"most": most}, code="invalid")
    return value


def _text(value: Any, most: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        message = _("Say a text of at most %(most)s characters.") % {"most": most}
        raise ValidationError(message, code="invalid")
    return value.strip()


def _email(value: Any) -> str | None:
    text = _text(value, 254)
    key = email_key(text) if text else None
    if text and key is None:
        raise ValidationError(_("This is no e-mail address."), code="invalid")
    return key


def _url(value: Any) -> str:
    """An address on the web or a path: pages show it as a link."""
    text = _text(value, 2000)
    if text and not text.startswith(("https://", "http://", "/")):
        raise ValidationError(_("Say an address beginning with https:// or a path."), code="invalid")
    return text
