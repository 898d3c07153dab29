"""From the columns of a file to the fields of a lead: guessed, remembered per source, checked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import Lead, LeadImport, LeadSource
from leads.services.imports.guess import targets_guessed
from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.tabular.header import plain
from salesflow.lib.text.fold import fold
from salesflow.lib.text.pinyin import syllables
from salesflow.work.services.custom_fields import custom_declared, custom_words
from salesflow.work.services.custom_values import CUSTOM_KEY, CUSTOM_KEYS_LIMIT
from salesflow.work.services.imports.mapping import Columns as Columns
from salesflow.work.services.imports.mapping import columns_filled, columns_shaped, mapping_wrong

LEAD_TARGETS = (
    "external_id company_name contact_name title email phone mobile website credit_code country region city "
    "industry source_detail page_url budget currency decision_timeframe_days need need_fit tags outcome"
).split()
#: The record number, by which a file may name a lead that is there.
NUMBER = "id"
#: Parts of the contact's name, for files that keep them apart; taken where `contact_name` itself is empty.
NAME_TARGETS = ("first_name", "last_name")
BEHAVIOUR_TARGETS = (
    "behaviour.visits",
    "behaviour.site_seconds",
    "behaviour.pages_per_visit",
    "behaviour.last_activity",
)
#: What targets are called where the model's own name does not say enough.
LABELS: dict[str, str | Promise] = {
    NUMBER: gettext_lazy("Record number"),
    "page_url": gettext_lazy("Page they came from"),
    "outcome": gettext_lazy("Known outcome (1 or 0)"),
    "first_name": gettext_lazy("Contact: first name"),
    "last_name": gettext_lazy("Contact: last name"),
    "behaviour.visits": gettext_lazy("Visits"),
    "behaviour.site_seconds": gettext_lazy("Seconds on the website"),
    "behaviour.pages_per_visit": gettext_lazy("Pages per visit"),
    "behaviour.last_activity": gettext_lazy("Last activity"),
}
#: Headers whose mapping is remembered for a source: those of the last file, and of earlier ones as many as fit.
REMEMBERED = 1000
_KNOWN = frozenset((NUMBER, *LEAD_TARGETS, *NAME_TARGETS, *BEHAVIOUR_TARGETS))
_NAMING = frozenset(("company_name", "contact_name", *NAME_TARGETS))


def targets_named(columns: Columns) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every target a column may go to with the words for it, in groups: with the custom fields there are, and those
    that `columns` would make."""
    custom = {f"custom.{word.key}": word.label for word in custom_words("leads")}
    for target in (target for listed in columns.values() for target in listed):
        if target.startswith("custom."):
            custom.setdefault(target, target.removeprefix("custom."))
    groups = [
        (
            _("Lead"),
            [
                (target, _label(target))
                for target in (NUMBER, *LEAD_TARGETS[:3], *NAME_TARGETS, *LEAD_TARGETS[3:])
            ],
        ),
        (_("Behaviour"), [(target, _label(target)) for target in BEHAVIOUR_TARGETS]),
        (_("Custom fields"), list(custom.items())),
    ]
    return [group for group in groups if group[1]]


def _label(target: str) -> str:
    return str(LABELS.get(target) or capfirst(Lead._meta.get_field(target).verbose_name))  # type: ignore[union-attr]


def target_label(target: str) -> str:
    """What a target is called, empty for what is none (as `row`, or all custom fields together)."""
    if target.startswith("custom."):
        word = custom_declared("leads").get(target.removeprefix("custom."))
        return word.label if word else ""
    return _label(target) if target in _KNOWN else ""


def template_header() -> list[str]:
    """The headers of the template file."""
    return list(LEAD_TARGETS)


def template_mapping(header: Sequence[str]) -> Columns | None:
    """The mapping of a file that has the template's headers and no others, which needs no person to say it.

    An export for the import heads custom fields by their targets, `custom.<key>`, and the record number `id` beside
    `external_id`: alone that is what another system calls its records.
    """
    ours = {*LEAD_TARGETS, *((NUMBER,) if "external_id" in header else ())}
    known = all(name in ours or (name.startswith("custom.") and _is_target(name)) for name in header)
    if known and set(header) & _NAMING:
        return {name: [name] for name in header}
    return None


def mapping_guess(
    header: Sequence[str],
    source: LeadSource | None = None,
    sample: Sequence[Sequence[str]] = (),
    own: Sequence[CustomWord] = (),
) -> Columns:
    """A proposal for each header: what this source chose last, else by name (its `own` custom fields too) and content.

    Where nothing tells a name, the record's number stands in for it: a lead needs one.
    """
    remembered = _remembered(source)
    taken = {target for name in header for target in remembered.get(name, ())}
    guessed = {**targets_guessed(header, sample), **_custom_guessed(header, own), **targets_guessed(header)}
    guess: Columns = {}
    for name in header:
        target = guessed.get(name)
        guess[name] = remembered.get(name, [target] if target and target not in taken else [])
    numbered = next((name for name, listed in guess.items() if listed == ["external_id"]), None)
    if numbered is not None and not _NAMING & {target for listed in guess.values() for target in listed}:
        guess[numbered] = ["external_id", "contact_name"]
    return guess


def _custom_guessed(header: Sequence[str], own: Sequence[CustomWord]) -> dict[str, str]:
    """The custom fields that headers name by a label or key, each once."""
    named: dict[str, str] = {}
    for word in own:
        for called in (word.key, word.name_zh, word.name):
            if called:
                named[plain(called)] = f"custom.{word.key}"
    found: dict[str, str] = {}
    for name in header:
        target = named.get(plain(name))
        if target and target not in found.values():
            found[name] = target
    return found


def _remembered(source: LeadSource | None) -> Columns:
    kept: Mapping[str, Any] = source.import_mapping if source is not None else {}
    return {name: [target for target in listed if _is_target(target)] for name, listed in kept.items()}


def mapping_remember(job: LeadImport) -> None:
    """Keep what the columns meant for the next file of the job's source; inside the caller's transaction."""
    if job.source_id is None or not job.mapping:
        return
    source = LeadSource.objects.select_for_update(no_key=True).get(pk=job.source_id)
    others = [pair for pair in source.import_mapping.items() if pair[0] not in job.mapping]
    kept = {**dict(others[: max(0, REMEMBERED - len(job.mapping))]), **job.mapping}
    if kept != source.import_mapping:
        LeadSource.objects.filter(pk=source.pk).update(import_mapping=kept)


def mapping_shaped(mapping: Any, *, updates: bool = False) -> Columns:
    """The mapping as lists of targets, or a ValidationError naming the first thing that no file could make right.

    `mapping` goes header -> target, list of targets or null. Something must become a company or a contact name; where
    leads are changed (`updates`), a column that tells which will do.
    """
    columns = columns_shaped(mapping, is_target=_is_target, unknown=_("“%(target)s” is no field of a lead."))
    used = {target for listed in columns.values() for target in listed}
    if not used & _NAMING and not (updates and used & {NUMBER, "external_id"}):
        raise mapping_wrong(_("One column must be the company or the contact name."))
    if sum(target.startswith("custom.") for target in used) > CUSTOM_KEYS_LIMIT:
        raise mapping_wrong(_("At most %(limit)s custom fields fit a lead.") % {"limit": CUSTOM_KEYS_LIMIT})
    return columns


def mapping_checked(mapping: Any, header: Sequence[str], *, updates: bool = False) -> Columns:
    """The mapping of a file with these headers; those it does not name are left out. Raises ValidationError."""
    return columns_filled(mapping_shaped(mapping, updates=updates), header)


def _is_target(target: str) -> bool:
    return target in _KNOWN or (
        target.startswith("custom.") and CUSTOM_KEY.match(target.removeprefix("custom.")) is not None
    )


def custom_key(header: str) -> str:
    """A key for a custom field made from a header: `Lead Origin` -> `lead_origin`, `职业` -> `zhi_ye`."""
    latin = "_".join(syllables(fold(header)))
    key = re.sub(r"[^a-z0-9]+", "_", latin.lower()).strip("_")[:60]
    return key if CUSTOM_KEY.match(key) else f"field_{key}"[:60].rstrip("_")
