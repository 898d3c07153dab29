"""The components of a scoring model: what an administrator writes as JSON, read strictly.

    {"key": "budget", "type": "bands", "input": "budget",
     "bands": [{"from": 300000, "points": 16}, {"from": 100000, "points": 12}]}
    {"key": "industry", "type": "choices", "input": "industry", "choices": {"medical": 8}, "other": 2}
    {"key": "role", "type": "keywords", "input": "title",
     "groups": [{"words": ["ceo", "总经理"], "points": 12}]}
    {"key": "phone", "type": "present", "input": "phone", "points": 3}
    {"key": "clicks", "type": "events", "kind": "email_click", "points": 4, "cap": 12, "per_day": 3}
    {"key": "recency", "type": "recency", "bands": [{"to": 2, "points": 5}]}
    {"key": "frequency", "type": "frequency", "window_days": 30, "bands": [{"from": 5, "points": 3}]}

Bounds are inclusive and the first band (or group) that fits counts. Points are whole numbers, so that only decay
makes fractions. On which side a component counts follows from what it reads.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models.scoring import LeadEvent
from leads.scoring.inputs import ENGAGEMENT, FIT, NUMBER, PRESENT, TEXT, Input, input_of, names_of

MOST_COMPONENTS = 100
MOST_POINTS = 500
#: Characters that part words; the SQL beside it uses the same.
SEPARATORS = ".,;:/\\|()[]{}<>&+*#_-'\"!?@，、。；：·"
_SPACED = str.maketrans(SEPARATORS, " " * len(SEPARATORS))
#: Kinds that never change a grade, whatever a model says: mail proxies open mails by themselves.
NEVER_GRADED = frozenset({LeadEvent.Kind.EMAIL_OPEN.value})
#: What counts as an interaction for recency and frequency.
INTERACTIONS = tuple(
    kind.value
    for kind in LeadEvent.Kind
    if kind.value not in NEVER_GRADED | {LeadEvent.Kind.UNSUBSCRIBE.value}
)


@dataclass(frozen=True)
class Band:
    low: Decimal | None
    high: Decimal | None
    points: int

    def holds(self, value: int) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Component:
    """What all components have; `label` is what people read."""

    key: str
    label: str | Promise

    @property
    def axis(self) -> str:
        raise NotImplementedError

    @property
    def most(self) -> int:
        """The highest points it can give."""
        raise NotImplementedError


@dataclass(frozen=True)
class Bands(Component):
    input: Input
    bands: tuple[Band, ...]

    @property
    def axis(self) -> str:
        return self.input.axis

    @property
    def most(self) -> int:
        return max(0, *(band.points for band in self.bands))


@dataclass(frozen=True)
class Choices(Component):
    input: Input
    choices: dict[str, int]
    other: int

    @property
    def axis(self) -> str:
        return self.input.axis

    @property
    def most(self) -> int:
        return max(0, self.other, *self.choices.values())


@dataclass(frozen=True)
class Keywords(Component):
    input: Input
    groups: tuple[tuple[tuple[str, ...], int], ...]

    @property
    def axis(self) -> str:
        return self.input.axis

    @property
    def most(self) -> int:
        return max(0, *(points for _words, points in self.groups))


@dataclass(frozen=True)
class Present(Component):
    input: str
    points: int

    @property
    def axis(self) -> str:
        return FIT

    @property
    def most(self) -> int:
        return max(0, self.points)


@dataclass(frozen=True)
class Events(Component):
    """Points per event of a kind; `cap` bounds the decayed sum both ways, `per_day` the events counted a day."""

    kind: str
    points: int
    cap: int | None
    per_day: int | None
    half_life_days: float | None
    decays: bool
    min_dwell_seconds: int | None
    url_contains: str
    graded: bool

    @property
    def axis(self) -> str:
        return ENGAGEMENT

    @property
    def most(self) -> int:
        return max(0, self.points if self.cap is None else self.cap) if self.points > 0 else 0


@dataclass(frozen=True)
class Recency(Component):
    """Bands over the days since the last interaction of these kinds."""

    kinds: tuple[str, ...]
    bands: tuple[Band, ...]

    @property
    def axis(self) -> str:
        return ENGAGEMENT

    @property
    def most(self) -> int:
        return max(0, *(band.points for band in self.bands))


@dataclass(frozen=True)
class Frequency(Recency):
    """Bands over the number of interactions of these kinds within the window."""

    window_days: int


class _Fault(Exception):
    """Something is wrong with the component in hand; the message is for the administrator."""


def components_parse(raw: Any) -> list[Component]:
    """Read the JSON of a model; raises ValidationError on `components` naming every faulty one."""
    if not isinstance(raw, list) or not raw or len(raw) > MOST_COMPONENTS:
        message = _("Give a list of 1 to %(most)s components.") % {"most": MOST_COMPONENTS}
        raise ValidationError({"components": ValidationError(message, code="components")})
    read: list[Component] = []
    faults: list[ValidationError] = []
    for place, each in enumerate(raw, 1):
        try:
            component = _component(each)
            if any(component.key == other.key for other in read):
                raise _Fault(_("the key is used twice"))
            read.append(component)
        except _Fault as fault:
            name = each.get("key") if isinstance(each, dict) else None
            where = {"place": place, "key": str(name)[:40] if name else "–", "fault": fault}
            faults.append(
                ValidationError(_("Component %(place)s (%(key)s): %(fault)s.") % where, code="component")
            )
    if faults:
        raise ValidationError({"components": faults})
    return read


def _component(raw: Any) -> Component:
    if not isinstance(raw, dict):
        raise _Fault(_("must be an object"))
    reader = _READERS.get(raw.get("type")) if isinstance(raw.get("type"), str) else None
    if reader is None:
        raise _Fault(_("type must be one of %(types)s") % {"types": ", ".join(_READERS)})
    read, allowed = reader
    unknown = sorted(set(map(str, raw)) - {"key", "label", "type", *allowed})
    if unknown:
        raise _Fault(_("unknown entry %(names)s") % {"names": ", ".join(unknown)[:80]})
    key = raw.get("key")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", key):
        raise _Fault(_("key must be 1 to 40 small letters, digits, - or _"))
    return read(raw, key, _text(raw.get("label", ""), "label", 120))


def _bands_component(raw: dict[str, Any], key: str, label: str) -> Bands:
    source = _input(raw, NUMBER)
    return Bands(key, label or source.label, source, _bands(raw.get("bands")))


def _choices_component(raw: dict[str, Any], key: str, label: str) -> Choices:
    source = _input(raw, TEXT)
    choices = raw.get("choices")
    if not isinstance(choices, dict) or not choices or len(choices) > 500:
        raise _Fault(_("choices must be an object of 1 to 500 values with their points"))
    read = {_choice(value): _points(points) for value, points in choices.items()}
    return Choices(key, label or source.label, source, read, _points(raw.get("other", 0)))


def _keywords_component(raw: dict[str, Any], key: str, label: str) -> Keywords:
    source = _input(raw, TEXT)
    groups = raw.get("groups")
    if not isinstance(groups, list) or not groups or len(groups) > 50:
        raise _Fault(_("groups must be a list of 1 to 50 groups of words with their points"))
    read = []
    for group in groups:
        if not isinstance(group, dict) or set(group) != {"words", "points"}:
            raise _Fault(_("a group has words and points"))
        words = group["words"]
        if not isinstance(words, list) or not words or len(words) > 200:
            raise _Fault(_("words must be a list of 1 to 200 texts"))
        read.append((tuple(_word(word) for word in words), _points(group["points"])))
    return Keywords(key, label or source.label, source, tuple(read))


def _present_component(raw: dict[str, Any], key: str, label: str) -> Present:
    name = raw.get("input")
    if not isinstance(name, str) or name not in PRESENT:
        raise _Fault(_("input must be one of %(names)s") % {"names": ", ".join(PRESENT)})
    return Present(key, label or PRESENT[name][0], name, _points(raw.get("points")))


def _events_component(raw: dict[str, Any], key: str, label: str) -> Events:
    kind = _kind(raw.get("kind"))
    half_life = raw.get("half_life_days")
    if half_life is not None and not (_is_number(half_life) and 0.01 <= half_life <= 3650):
        raise _Fault(_("half_life_days must be a number from 0.01 to 3650"))
    return Events(
        key,
        label or LeadEvent.Kind(kind).label,
        kind=kind,
        points=_points(raw.get("points")),
        cap=_whole(raw, "cap", 1, MOST_POINTS),
        per_day=_whole(raw, "per_day", 1, 1000),
        half_life_days=None if half_life is None else float(half_life),
        decays=_yes_no(raw, "decays", True),
        min_dwell_seconds=_whole(raw, "min_dwell_seconds", 1, 86_400),
        url_contains=_text(raw.get("url_contains", ""), "url_contains", 200),
        graded=_yes_no(raw, "changes_grade", True) and kind not in NEVER_GRADED,
    )


def _recency_component(raw: dict[str, Any], key: str, label: str) -> Recency:
    return Recency(
        key, label or gettext_lazy("Days since the last interaction"), _kinds(raw), _bands(raw.get("bands"))
    )


def _frequency_component(raw: dict[str, Any], key: str, label: str) -> Frequency:
    window = _whole(raw, "window_days", 1, 3650)
    if window is None:
        raise _Fault(_("window_days is missing"))
    bands = _bands(raw.get("bands"))
    return Frequency(key, label or gettext_lazy("Interactions within the window"), _kinds(raw), bands, window)


_Reader = tuple[Callable[[dict[str, Any], str, str], Component], set[str]]
_READERS: dict[str, _Reader] = {
    "bands": (_bands_component, {"input", "bands"}),
    "choices": (_choices_component, {"input", "choices", "other"}),
    "keywords": (_keywords_component, {"input", "groups"}),
    "present": (_present_component, {"input", "points"}),
    "events": (
        _events_component,
        {"kind", "points", "cap", "per_day", "half_life_days", "decays", "min_dwell_seconds", "url_contains",
         "changes_grade"},
    ),
    "recency": (_recency_component, {"kinds", "bands"}),
    "frequency": (_frequency_component, {"kinds", "bands", "window_days"}),
}  # fmt: skip


def _input(raw: dict[str, Any], kind: str) -> Input:
    name = raw.get("input")
    source = input_of(name, kind) if isinstance(name, str) else None
    if source is None:
        raise _Fault(_("input must be one of %(names)s") % {"names": names_of(kind)})
    return source


def _bands(raw: Any) -> tuple[Band, ...]:
    if not isinstance(raw, list) or not raw or len(raw) > 50:
        raise _Fault(_("bands must be a list of 1 to 50 bands"))
    return tuple(_band(each) for each in raw)


def _band(raw: Any) -> Band:
    if not isinstance(raw, dict) or not set(raw) <= {"from", "to", "points"}:
        raise _Fault(_("a band has from, to (at least one of them) and points"))
    low, high = _bound(raw.get("from")), _bound(raw.get("to"))
    if low is None and high is None:
        raise _Fault(_("a band needs from or to"))
    if low is not None and high is not None and low > high:
        raise _Fault(_("a band's from lies above its to"))
    return Band(low, high, _points(raw.get("points")))


def _bound(raw: Any) -> Decimal | None:
    if raw is None:
        return None
    try:
        bound = Decimal(str(raw)) if _is_number(raw) or isinstance(raw, str) else Decimal("nan")
    except InvalidOperation:
        bound = Decimal("nan")
    if not bound.is_finite() or abs(bound) > Decimal(10) ** 15:
        raise _Fault(_("a bound must be a number"))
    return bound


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and raw == raw


def _points(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > MOST_POINTS:
        raise _Fault(_("points must be a whole number from -%(most)s to %(most)s") % {"most": MOST_POINTS})
    return raw


def _whole(raw: dict[str, Any], name: str, low: int, high: int) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        bounds = {"name": name, "low": low, "high": high}
        raise _Fault(_("%(name)s must be a whole number from %(low)s to %(high)s") % bounds)
    return value


def _yes_no(raw: dict[str, Any], name: str, default: bool) -> bool:
    value = raw.get(name, default)
    if not isinstance(value, bool):
        raise _Fault(_("%(name)s must be true or false") % {"name": name})
    return value


def _text(raw: Any, name: str, most: int) -> str:
    """A text the database can hold."""
    if (
        not isinstance(raw, str)
        or len(raw) > most
        or "\0" in raw
        or (not raw.isascii() and not _encodes(raw))
    ):
        raise _Fault(
            _("%(name)s must be a text of at most %(most)s characters") % {"name": name, "most": most}
        )
    return raw


def _encodes(raw: str) -> bool:
    try:
        raw.encode()
    except UnicodeEncodeError:
        return False
    return True


def _choice(raw: Any) -> str:
    """A value as the column gives it: trimmed, small letters."""
    value = _text(raw, "choices", 120).strip().lower()
    if not value:
        raise _Fault(_("a choice may not be empty"))
    return value


def _word(raw: Any) -> str:
    """A key word as it is looked for: see `SEPARATORS`."""
    word = " ".join(
        unicodedata.normalize("NFKC", _text(raw, "words", 120)).lower().translate(_SPACED).split()
    )
    if not word:
        raise _Fault(_("a word may not be empty"))
    return word


def _kind(raw: Any) -> str:
    if raw not in LeadEvent.Kind.values:
        raise _Fault(_("kind must be one of %(kinds)s") % {"kinds": ", ".join(LeadEvent.Kind.values)})
    return str(raw)


def _kinds(raw: dict[str, Any]) -> tuple[str, ...]:
    kinds = raw.get("kinds")
    if kinds is None:
        return INTERACTIONS
    if not isinstance(kinds, list) or not kinds:
        raise _Fault(_("kinds must be a list of kinds of behaviour"))
    read = tuple(dict.fromkeys(_kind(kind) for kind in kinds))
    if not set(read) <= set(INTERACTIONS):
        raise _Fault(_("opens and unsubscribing are no interactions"))
    return read
