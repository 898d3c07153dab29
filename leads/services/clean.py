"""Making a lead out of what a person, a file or another system gave: every door's same checks.

`draft_of` parses values into an unsaved lead with its normalised keys. Strict doors (page, API) refuse what cannot
be read; an import keeps the raw text, flags the field and goes on.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.db.models.base import ModelState
from django.utils.translation import gettext as _

from leads.models import Lead
from salesflow.lib.money import number_read
from salesflow.lib.subjects import type_named
from salesflow.lib.text.codes import uscc_key
from salesflow.lib.text.companies import company_key
from salesflow.lib.text.emails import domain_key, email_key
from salesflow.lib.text.people import person_key
from salesflow.lib.text.phones import phone_key, phone_parse
from salesflow.lib.text.pinyin import sort_key
from salesflow.lib.text.plain import text_plain
from salesflow.lib.text.similarity import blocks
from salesflow.work.services.custom_values import CUSTOM_KEYS_LIMIT, CustomKinds, custom_lacks, custom_take

LINES = [
    "external_id",
    "company_name",
    "contact_name",
    "title",
    "email",
    "phone",
    "mobile",
    "website",
    "credit_code",
    "country",
    "region",
    "city",
    "industry",
    "source_detail",
    "page_url",
]
LINKS = ("source", "campaign", "partner")
NUMBERS = {"decision_timeframe_days": (0, 36_500), "need_fit": (0, 100), "outcome": (0, 1)}
OTHERS = ("budget", "currency", "need", "custom", "behaviour", "tags", "utm", "referrer_type", "referrer_id")
#: Everything a person may set of a lead; all else is made by services.
FIELDS = (*LINES, *LINKS, *NUMBERS, *OTHERS)
BEHAVIOUR_NUMBERS = ("visits", "site_seconds", "pages_per_visit")
_REFERRER = {"referrer_type", "referrer_id"}
TAGS_LIMIT = 50
BUDGET_LIMIT = Decimal(10) ** 14
_LENGTHS = {name: Lead._meta.get_field(name).max_length for name in (*LINES, "need", "currency")}
_CANONICAL = re.compile(r"^\+\d{6,15}(x\d{1,7})?$")
_TAG_ENDS = re.compile("[,;\uff0c\uff1b\u3001]")
_SPACES = re.compile(r"\s+")


@dataclass
class LeadDraft:
    """An unsaved lead and what could not be read of it: `errors` maps a field to its ValidationErrors."""

    lead: Lead
    errors: dict[str, list[ValidationError]] = field(default_factory=dict)
    row: int | None = None
    #: The id of a lead that this very row became before, when its file was imported once already.
    known_as: int | None = None
    #: Of a row that may change a lead: the record number it names, and the fields it says anything of.
    number: str = ""
    given: frozenset[str] = frozenset()
    #: Should it become a new lead: what it holds of custom fields it says nothing of, and those it must not lack.
    defaults: dict[str, Any] = field(default_factory=dict)
    lacks: dict[str, list[ValidationError]] = field(default_factory=dict)

    def refuse(self, name: str, message: str, code: str) -> None:
        self.errors.setdefault(name, []).append(ValidationError(message, code=code))

    def complete(self) -> bool:
        """Make it whole as a new lead; what it lacks for that becomes its errors."""
        self.lead.custom = {**self.defaults, **self.lead.custom}
        for name, faults in self.lacks.items():
            self.errors.setdefault(name, faults)
        return not self.lacks

    def require_clean(self) -> None:
        if self.errors:
            raise ValidationError(self.errors)


def draft_of(
    values: Mapping[str, Any],
    *,
    region: str,
    base_currency: str,
    tolerant: bool = False,
    onto: Lead | None = None,
    kinds: CustomKinds | None = None,
) -> LeadDraft:
    """Parse `values` (names of `FIELDS`) into a draft; never raises for what a caller can send.

    `region` is the phone region of numbers without a country code. With `onto`, the values are laid over that lead.
    `kinds` are the declared custom fields (`custom_kinds`), whose values are read by their kind; a tolerant door keeps
    the raw text of one that cannot be read.
    """
    draft = LeadDraft(lead=onto or _blank())
    for name in values:
        if name not in FIELDS:
            draft.refuse(name, _("Unknown field."), "unknown_field")
    for name in LINES:
        if name in values:
            setattr(draft.lead, name, _line(draft, name, values[name]))
    for name in LINKS:
        if name in values:
            setattr(draft.lead, name, values[name])
    for name, (least, most) in NUMBERS.items():
        if name in values:
            setattr(draft.lead, name, _whole(draft, name, values[name], least, most))
    _take_budget(draft, values, base_currency)
    kinds = kinds or CustomKinds()
    _take_rest(draft, values, kinds, tolerant)
    _complete_later(draft, kinds if onto is None else CustomKinds())
    lead = draft.lead
    if not (lead.company_name or lead.contact_name):
        draft.refuse("company_name", _("A company or a contact name is needed."), "required")
    _take_reach(draft, values, region, tolerant)
    keys_set(lead)
    return draft


def _complete_later(draft: LeadDraft, kinds: CustomKinds) -> None:
    """Note what the draft would hold, and lack, as a new lead: it may turn out to be one that is there already."""
    draft.defaults = kinds.defaults
    draft.lacks = custom_lacks({**draft.defaults, **draft.lead.custom}, kinds)


def _blank() -> Lead:
    """A lead with nothing in it, as `Lead()` makes it, without asking seventy fields anew for their defaults."""
    lead = Lead.__new__(Lead)
    known, fresh = _defaults()
    lead.__dict__.update(known)
    for name, kind in fresh:
        lead.__dict__[name] = kind()
    lead._state = ModelState()
    return lead


@cache
def _defaults() -> tuple[dict[str, Any], list[tuple[str, type]]]:
    """What a new lead holds: values that may be shared, and the kinds of those that each lead needs its own of."""
    values = {name: value for name, value in Lead().__dict__.items() if name != "_state"}
    own = [(name, type(value)) for name, value in values.items() if isinstance(value, dict | list)]
    return values, own


def _text(draft: LeadDraft, name: str, value: Any) -> str:
    try:
        return text_plain(value)
    except ValidationError as error:
        draft.errors.setdefault(name, []).append(error)
        return ""


def _within(draft: LeadDraft, name: str, text: str) -> str:
    limit = _LENGTHS[name]
    if limit and len(text) > limit:
        draft.refuse(name, _("At most %(limit)s characters fit here.") % {"limit": limit}, "max_length")
        return ""
    return text


def _line(draft: LeadDraft, name: str, value: Any) -> str:
    return _within(draft, name, " ".join(_text(draft, name, value).split()))


def _whole(draft: LeadDraft, name: str, value: Any, least: int, most: int) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value).strip().removesuffix("%"))
        if number != number.to_integral_value() or isinstance(value, bool):
            raise ValueError
        found = int(number)
    except (InvalidOperation, ValueError, OverflowError):
        draft.refuse(name, _("A whole number is needed here."), "invalid")
        return None
    if not least <= found <= most:
        message = _("This must lie between %(least)s and %(most)s.") % {"least": least, "most": most}
        draft.refuse(name, message, "out_of_range")
        return None
    return found


def _take_budget(draft: LeadDraft, values: Mapping[str, Any], base_currency: str) -> None:
    if "budget" in values:
        draft.lead.budget = _money(draft, values["budget"])
    if "currency" in values:
        draft.lead.currency = _text(draft, "currency", values["currency"]).strip().upper()
        if draft.lead.currency and not is_currency(draft.lead.currency):
            draft.refuse("currency", _("This currency is not known."), "unknown_currency")
            draft.lead.currency = ""
    if draft.lead.budget is not None and not draft.lead.currency:
        draft.lead.currency = base_currency


def _money(draft: LeadDraft, value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        amount = number_read(str(value).replace(" ", "").lstrip("¥$€£"))
        if isinstance(value, bool):
            raise ValueError
    except ValueError:
        draft.refuse("budget", _("An amount of money is needed here."), "invalid")
        return None
    if not 0 <= amount < BUDGET_LIMIT:
        draft.refuse("budget", _("This amount is negative or too large."), "out_of_range")
        return None
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        draft.refuse("budget", _("At most two decimal places fit here."), "max_decimal_places")
        return None
    return amount.quantize(Decimal("0.01"))


def _take_rest(draft: LeadDraft, values: Mapping[str, Any], kinds: CustomKinds, tolerant: bool) -> None:
    lead = draft.lead
    if "need" in values:
        lead.need = _within(draft, "need", _text(draft, "need", values["need"]).strip())
    if "custom" in values:
        taken = custom_take(values["custom"], kinds=kinds, held=lead.custom, tolerant=tolerant)
        lead.custom = taken.over(lead.custom)
        for name, faults in taken.faults.items():
            draft.errors.setdefault(name, []).extend(faults)
    if "behaviour" in values:
        lead.behaviour = {**lead.behaviour, **_behaviour(draft, values["behaviour"])}
    if "tags" in values:
        lead.tags = _tags(draft, values["tags"])
    if "utm" in values:
        lead.utm = _flat(draft, "utm", values["utm"])
    if "referrer_type" in values or "referrer_id" in values:
        _take_referrer(draft, values)


def _take_referrer(draft: LeadDraft, values: Mapping[str, Any]) -> None:
    """A referrer is a record of some kind: named by both its kind and its id, or not at all."""
    lead = draft.lead
    if "referrer_type" in values:
        name = _text(draft, "referrer_type", values["referrer_type"])
        lead.referrer_type = (type_named(name) or "") if name else ""
        if name and not lead.referrer_type:
            draft.refuse("referrer_type", _("Unknown kind of record."), "unknown_subject")
    if "referrer_id" in values:
        lead.referrer_id = _whole(draft, "referrer_id", values["referrer_id"], 1, 2**63 - 1)
    if bool(lead.referrer_type) != (lead.referrer_id is not None) and not _REFERRER & draft.errors.keys():
        missing = "referrer_id" if lead.referrer_type else "referrer_type"
        draft.refuse(missing, _("Both or neither."), "required")


def _mapping(draft: LeadDraft, name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        draft.refuse(name, _("Names with values are needed here."), "invalid")
        return {}
    if len(value) > CUSTOM_KEYS_LIMIT:
        draft.refuse(name, _("There are too many entries here."), "too_many")
        return {}
    return dict(value)


def _flat(draft: LeadDraft, name: str, value: Any) -> dict[str, str]:
    found = _mapping(draft, name, value)
    return {str(key)[:60]: _text(draft, name, item)[:500] for key, item in found.items()}


def _behaviour(draft: LeadDraft, value: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, item in _mapping(draft, "behaviour", value).items():
        if key == "last_activity":
            kept[key] = _text(draft, "behaviour", item)[:60]
        elif key in BEHAVIOUR_NUMBERS:
            number = _number(item)
            if number is None and item not in (None, ""):
                draft.refuse(
                    f"behaviour.{key}", _("A number that is not negative is needed here."), "invalid"
                )
            elif number is not None:
                kept[key] = number
        else:
            draft.refuse("behaviour", _("“%(key)s” is not known.") % {"key": str(key)[:60]}, "unknown_field")
    return kept


def _number(value: Any) -> float | int | None:
    try:
        number = float(str(value).strip())
    except ValueError:
        return None
    if not math.isfinite(number) or not 0 <= number <= 1e12 or isinstance(value, bool):
        return None
    return int(number) if number.is_integer() else number


def _tags(draft: LeadDraft, value: Any) -> list[str]:
    items = _TAG_ENDS.split(value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or len(items) > TAGS_LIMIT:
        draft.refuse(
            "tags", _("A list of at most %(limit)s tags is needed here.") % {"limit": TAGS_LIMIT}, "invalid"
        )
        return []
    tags = []
    for item in items:
        tag = _SPACES.sub(" ", _text(draft, "tags", item)).strip()
        if len(tag) > 40:
            draft.refuse("tags", _("A tag has at most 40 characters."), "max_length")
        elif tag and tag not in tags:
            tags.append(tag)
    return tags


def _take_reach(draft: LeadDraft, values: Mapping[str, Any], region: str, tolerant: bool) -> None:
    """Ways to reach the lead: kept in canonical form where they can be read, refused or flagged where not."""
    lead = draft.lead
    flags = {name: text for name, text in (lead.flags or {}).items() if name not in values}
    if "email" in values and lead.email and email_key(lead.email) is None:
        _unread(draft, flags, "email", _("This is no e-mail address."), tolerant)
    for name in ("phone", "mobile"):
        raw = getattr(lead, name)
        if name in values and raw:
            phone = phone_parse(raw, region)
            if phone is None:
                message = _("Not a valid number for the region %(region)s.") % {"region": region}
                _unread(draft, flags, name, message, tolerant)
            else:
                setattr(lead, name, phone.key)
    if "website" in values and lead.website and not _is_website(lead.website):
        _unread(draft, flags, "website", _("This is no web address."), tolerant)
    if "credit_code" in values and lead.credit_code and uscc_key(lead.credit_code) is None:
        _unread(draft, flags, "credit_code", _("This credit code has a wrong form or check digit."), tolerant)
    lead.flags = flags


def _unread(draft: LeadDraft, flags: dict[str, str], name: str, message: str, tolerant: bool) -> None:
    if tolerant:
        flags[name] = "invalid"
    else:
        draft.refuse(name, message, "invalid")


def _is_website(text: str) -> bool:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in host and " " not in host


def keys_set(lead: Lead) -> None:
    """Set the normalised keys and `incomplete` from the lead's own fields; flagged fields give no key."""
    flags = lead.flags or {}
    lead.email_key = None if "email" in flags else email_key(lead.email)
    numbers = {}
    for name in ("phone", "mobile"):
        text = getattr(lead, name)
        if text and name not in flags:
            # what was read once stands in canonical form; anything else is raw text from before
            key = text if _CANONICAL.match(text) else phone_key(text, "ZZ")
            if key is not None:
                numbers[key] = True
    lead.phone_keys = list(numbers)
    lead.company_key = company_key(lead.company_name)
    lead.person_key = person_key(lead.contact_name)
    lead.domain_key = domain_key("" if "website" in flags else lead.website) or domain_key(lead.email_key)
    lead.credit_code_key = None if "credit_code" in flags else uscc_key(lead.credit_code)
    lead.block_keys = blocks(lead.company_name, lead.contact_name)
    lead.sort_key = sort_key(lead.contact_name or lead.company_name)[:200]
    lead.incomplete = not (lead.email_key or lead.phone_keys)
