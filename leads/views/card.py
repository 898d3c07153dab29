"""The business card beside quick entry: read into the form, and its photograph carried until the lead is made.

Nothing sent is asked for twice: a photograph that came with a form that is not yet right waits in the store, and
the form names it by a token.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import HttpRequest

from leads.forms import CardForm, QuickLeadForm
from leads.services import CardRead, card_read
from salesflow.files.services import Upload, picture_keep, picture_kept
from salesflow.lib.web.forms import errors_to
from salesflow.people.models import User

#: Where on the form of the card a refusal belongs, by the service's name for it.
_PLACES = {"file": "card", "text": "text"}


def card_form(request: HttpRequest) -> CardForm:
    """The form of the card, as it was sent."""
    return CardForm(request.POST, request.FILES) if request.method == "POST" else CardForm()


def card_taken(request: HttpRequest) -> dict[str, Any]:
    """What the page shows after the card was read: the form with what was typed, and the card where nothing was."""
    user: User = request.user  # type: ignore[assignment]
    card = card_form(request)
    kept = photo_aside(request, card)
    found: CardRead | None = None
    no_code = False
    if card.is_valid():
        try:
            found = card_read(by=user, **_given(card, kept, user))
        except ValidationError as error:
            no_code = _refused(card, error)
    values = found.values if found else {}
    kept = kept or (_photo_on(found, user) if found else "")
    form = QuickLeadForm(user, initial={**values, **_typed(request, user)})
    return {
        "form": form,
        "card": CardForm() if found or no_code else card,
        "read": found,
        "no_code": no_code,
        "kept": kept,
        "status": 400 if card.errors else 200,
    }


def _given(card: CardForm, kept: str, user: User) -> dict[str, Any]:
    """What the card is read of: the text or the file where one was given, or else the photograph."""
    text, file = card.cleaned_data["text"], card.cleaned_data["card"]
    if text.strip() or file is not None or not kept:
        return {"text": text, "file": file}
    return {"photo": picture_kept(token=kept, by=user)}


def _refused(card: CardForm, error: ValidationError) -> bool:
    """A refusal under the field it belongs to; gives whether there was just no code on the photograph.

    What a code says that is no card goes into the field of its text, to be copied from: the photograph is kept.
    """
    fault = (error.error_dict.get("photo") or [None])[0]
    if fault is not None and fault.code == "no_code":
        return True
    if fault is not None and fault.params and "text" in fault.params:
        card.data = {**card.data.dict(), "text": fault.params["text"]}
        errors_to(card, ValidationError({"text": error.error_dict["photo"]}))
    else:
        errors_to(card, _placed(error, _PLACES))
    return False


def _typed(request: HttpRequest, user: User) -> dict[str, Any]:
    """What was typed into the form so far."""
    fields = QuickLeadForm(user, request.POST).fields
    sent = {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in fields.items()
    }
    return {name: value for name, value in sent.items() if value not in (None, "", [], False)}


def _photo_on(found: CardRead, user: User) -> str:
    """The token of the picture that stood in the card; one that cannot be opened is only named as not read."""
    if found.photo is None:
        return ""
    try:
        return picture_keep(file=ContentFile(found.photo, name="photo"), by=user)
    except ValidationError:
        found.ignored.append("PHOTO")
        return ""


def photo_of(request: HttpRequest) -> Upload | None:
    """The photograph to be kept: the one just sent, or the one that waits."""
    if sent := request.FILES.get("photo"):
        return sent  # type: ignore[return-value]
    token = request.POST.get("kept", "")
    return picture_kept(token=token, by=request.user) if token else None  # type: ignore[arg-type]


def photo_aside(request: HttpRequest, card: CardForm) -> str:
    """The token of the photograph, for the form that is shown again; one that is not taken is told."""
    sent = request.FILES.get("photo")
    if sent is None:
        return request.POST.get("kept", "")
    if "photo" in card.errors:
        return ""
    try:
        return picture_keep(file=sent, by=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        errors_to(card, _placed(error, {"file": "photo"}))
        return ""


def errors_shared(form: QuickLeadForm, card: CardForm, error: ValidationError) -> None:
    """A refusal under the fields it names: those of the lead, or the photograph."""
    faults = dict(getattr(error, "error_dict", None) or {"__all__": error.error_list})
    if photo := faults.pop("file", None):
        card.add_error("photo", photo)
    if faults:
        errors_to(form, ValidationError(faults))


def _placed(error: ValidationError, places: dict[str, str]) -> ValidationError:
    faults = getattr(error, "error_dict", None)
    if faults is None:
        return error
    return ValidationError({places.get(name, name): found for name, found in faults.items()})
