"""Business cards: what stands on one becomes the fields of a lead, and its photograph stays with the lead."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead
from leads.services.enter import lead_create
from salesflow.files.services import Upload, attachment_ready, picture_codes
from salesflow.lib.errors import require
from salesflow.lib.text.fold import has_han
from salesflow.lib.vcards import Card, card_of
from salesflow.lib.vcards.cards import MOST_BYTES
from salesflow.people.models import User

#: Column of a card -> field of a lead.
FIELDS = {
    "company": "company_name",
    "name": "contact_name",
    "title": "title",
    "mobile": "mobile",
    "phone": "phone",
    "email": "email",
    "website": "website",
    "country": "country",
    "region": "region",
    "city": "city",
    "note": "need",
}


@dataclass(frozen=True)
class CardRead:
    """What stands on a card: `values` as `lead_create` takes them, the rest as text.

    `ignored` names entries that were read over, `others` counts further cards in the same text.
    """

    values: dict[str, str]
    department: str = ""
    address: str = ""
    photo: bytes | None = None
    ignored: list[str] = field(default_factory=list)
    others: int = 0


def card_read(
    *, by: User, text: str = "", file: Upload | None = None, photo: Upload | None = None
) -> CardRead:
    """Read the first card of a vCard file, of the text of a vCard or MECARD code, or of such a code on a photograph.

    Nothing is written. Of a file the encoding is found out. Raises ValidationError under the name of what was given:
    `required`, `not_a_card`, `no_code` (nothing on the photograph), `nul`, `too_large`, what is wrong with a picture,
    or with the card (`salesflow.lib.vcards.FAULTS`).
    """
    require(policies.can_create(by))
    place = "photo" if photo is not None else "text" if file is None else "file"
    content = _given(text, file, photo)
    if not content.strip():
        raise _wrong(place, _("A card is needed: a file, or the text of a code."), "required")
    card, number = card_of(content)
    if card is None:
        raise _wrong(place, _("This is no business card (vCard or MECARD)."), "not_a_card")
    if card.fault is not None:
        raise _wrong(place, card.fault.message, card.fault.code)
    if any("\x00" in value for value in card.values.values()):
        raise _wrong(place, _("The card contains a NUL character."), "nul")
    return CardRead(
        values=_values(card),
        department=card.values.get("department", ""),
        address=card.values.get("address", ""),
        photo=card.photo,
        ignored=card.ignored,
        others=number - 1,
    )


def _given(text: str, file: Upload | None, photo: Upload | None) -> bytes:
    if photo is not None:
        return _code_on(photo)
    return text.encode("utf-8", "surrogatepass") if file is None else _content(file)


def _code_on(photo: Upload) -> bytes:
    """The first QR code that is a card. The refusal of one that is none carries what it says."""
    try:
        codes = picture_codes(file=photo)
    except ValidationError as error:
        raise ValidationError({"photo": error.error_dict["file"]}) from None
    if not codes:
        raise _wrong("photo", _("No QR code is found on it."), "no_code")
    for code in codes:
        if card_of(code)[0] is not None:
            return code
    words = _("The QR code on it is no business card. It says: %(text)s")
    raise ValidationError(
        {"photo": ValidationError(words, "not_a_card", {"text": codes[0].decode(errors="replace")})}
    )


def _content(file: Upload) -> bytes:
    """The file, up to the size of a card and a little of the next."""
    content = b""
    for chunk in file.chunks():
        content += chunk
        if len(content) > MOST_BYTES:
            limit = MOST_BYTES // 1_000_000
            words = _("This file is larger than %(limit)d MB. Import it instead.") % {"limit": limit}
            raise _wrong("file", words, "too_large")
    return content


def _wrong(place: str, message: str, code: str) -> ValidationError:
    return ValidationError({place: ValidationError(message, code=code)})


def _values(card: Card) -> dict[str, str]:
    values = {FIELDS[column]: text for column, text in card.values.items() if column in FIELDS}
    if unit := card.values.get("department"):
        values["title"] = _position(values.get("title", ""), unit)
    return values


def _position(title: str, unit: str) -> str:
    """The position with the unit it is in: `Buyer, Purchasing`, and 采购部经理 in Chinese."""
    if not title or unit in title:
        return title or unit
    return f"{unit}{title}" if has_han(unit) and has_han(title) else f"{title}, {unit}"


def lead_create_with_photo(*, by: User, photo: Upload | None = None, **entry: Any) -> Lead:
    """Enter a lead as `lead_create` does, and keep a photograph with it, whoever it goes to: both or neither.

    Raises as `lead_create`; ValidationError under `file` for what is no picture or not taken.
    """
    if photo is None:
        return lead_create(by=by, **entry)
    require(by.may("attachments.create"))
    ready = attachment_ready(file=photo, name=_("Business card"), pictures_only=True)
    with ready as attach, transaction.atomic():
        lead = lead_create(by=by, **entry)
        attach(subject=lead, by=by)
    return lead
