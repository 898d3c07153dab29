"""From the columns of a file to the fields of a kind of record: guessed, remembered per person, checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.tabular.header import plain
from salesflow.people.models import User
from salesflow.work.imports import CUSTOM, ImportKind
from salesflow.work.models import Import
from salesflow.work.services.custom_fields import custom_words

#: header -> list of fields; an empty list leaves the column out.
Columns = dict[str, list[str]]
#: So many earlier imports are asked what a header meant.
ASKED = 5


def kind_words(kind: ImportKind) -> list[CustomWord]:
    """The custom fields of these records."""
    return custom_words(kind.resource) if kind.has_custom else []


def target_names(kind: ImportKind) -> list[str]:
    """Every field a column may go to; the headers of the template."""
    return [each.name for each in kind.targets] + [f"{CUSTOM}{word.key}" for word in kind_words(kind)]


def targets_named(kind: ImportKind) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every field with the words for it, in groups."""
    groups = [
        (str(kind.title), [(each.name, str(each.label)) for each in kind.targets]),
        (_("Custom fields"), [(f"{CUSTOM}{word.key}", word.label) for word in kind_words(kind)]),
    ]
    return [group for group in groups if group[1]]


def target_label(kind: ImportKind, name: str) -> str:
    """What a field is called; empty for what is none."""
    return next(
        (words for _group, named in targets_named(kind) for known, words in named if known == name), ""
    )


def template_mapping(kind: ImportKind, header: Sequence[str]) -> Columns | None:
    """The mapping of a file that has the template's headers and no others, which needs no person to say it."""
    known = set(target_names(kind))
    if all(name in known for name in header) and is_enough(kind, header):
        return {name: [name] for name in header}
    return None


def is_enough(kind: ImportKind, used: Sequence[str] | set[str], mode: str = Import.Mode.BOTH) -> bool:
    """Whether rows with these fields can become a record, or be found again."""
    given = set(used)
    made = all(given & set(group) for group in kind.needs)
    return made or (mode != Import.Mode.CREATE and bool(given & set(kind.known_by)))


def mapping_guess(kind: ImportKind, header: Sequence[str], by: User) -> Columns:
    """A proposal for each header: what this person chose last, else by the name; each field once."""
    remembered = _remembered(kind, by)
    guess: Columns = {name: list(remembered.get(name, ())) for name in header}
    taken = {target for listed in guess.values() for target in listed}
    called = _called(kind)
    for name in header:
        target = called.get(plain(name))
        if name not in remembered and target and target not in taken:
            guess[name] = [target]
            taken.add(target)
    return guess


def _called(kind: ImportKind) -> dict[str, str]:
    """Field by what it is called: its name, its label in every language, and as people head it."""
    called: dict[str, str] = {}
    for word in kind_words(kind):
        for known in (f"{CUSTOM}{word.key}", word.key, word.name_zh, word.name):
            if known:
                called.setdefault(plain(known), f"{CUSTOM}{word.key}")
    for target in kind.targets:
        for known in (*target.headers, *_labels(target.label), target.name):
            called[plain(known)] = target.name
    return called


def _labels(label: Any) -> list[str]:
    said = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            said.append(str(label))
    return said


def _remembered(kind: ImportKind, by: User) -> Columns:
    known = set(target_names(kind))
    started = Import.objects.filter(resource=kind.resource, by=by, started_at__isnull=False)
    kept: Columns = {}
    for mapping in started.order_by("-pk").values_list("mapping", flat=True)[:ASKED]:
        for name, listed in (mapping or {}).items():
            kept.setdefault(name, [target for target in listed if target in known])
    return kept


def columns_shaped(mapping: Any, *, is_target: Callable[[str], bool], unknown: str) -> Columns:
    """A mapping as lists of fields, or a ValidationError naming the first thing that no file could make right.

    `mapping` goes header -> field, list of fields or null; `unknown` says of a `%(target)s` that it is no field.
    """
    if not isinstance(mapping, Mapping):
        raise mapping_wrong(_("A mapping from headers to fields is needed."))
    columns: Columns = {}
    for name, wanted in mapping.items():
        listed = [] if wanted in (None, "") else [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(listed, list) or not all(isinstance(target, str) for target in listed):
            raise mapping_wrong(_("A column goes to a field, a list of fields or nowhere."))
        for target in listed:
            if not is_target(target):
                raise mapping_wrong(unknown % {"target": name_shown(target)})
        columns[name] = list(dict.fromkeys(listed))
    return columns


def columns_filled(columns: Columns, header: Sequence[str]) -> Columns:
    """The columns of a file with these headers; those not named are left out. Raises ValidationError for others."""
    known = set(header)
    for name in columns:
        if name not in known:
            raise mapping_wrong(_("The file has no column “%(name)s”.") % {"name": name_shown(name)})
    return {name: columns.get(name, []) for name in header}


def mapping_shaped(kind: ImportKind, mapping: Any, mode: str) -> Columns:
    """The mapping of a file of this kind, whatever its headers. Raises ValidationError."""
    known = set(target_names(kind))
    columns = columns_shaped(
        mapping, is_target=known.__contains__, unknown=_("“%(target)s” is no field of these records.")
    )
    if not is_enough(kind, {target for listed in columns.values() for target in listed}, mode):
        raise mapping_wrong(_needed(kind, mode))
    return columns


def mapping_checked(kind: ImportKind, mapping: Any, header: Sequence[str], mode: str) -> Columns:
    return columns_filled(mapping_shaped(kind, mapping, mode), header)


def _needed(kind: ImportKind, mode: str) -> str:
    """Which columns are missing, in words."""
    groups = [" / ".join(target_label(kind, name) for name in group) for group in kind.needs]
    if mode == Import.Mode.CREATE:
        return _("New records need a column each for: %(columns)s.") % {"columns": ", ".join(groups)}
    known = " / ".join(target_label(kind, name) for name in kind.known_by)
    return _("Needed are columns for %(columns)s; or one by which records are known: %(known)s.") % {
        "columns": ", ".join(groups),
        "known": known,
    }


def name_shown(text: str) -> str:
    """What a caller sent, fit to be shown to him again."""
    return text[:80].encode("utf-8", "replace").decode()


def mapping_wrong(message: str) -> ValidationError:
    return ValidationError({"mapping": ValidationError(message, code="bad_mapping")})
