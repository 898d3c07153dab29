"""Setting one field of many leads, and putting back what each held."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import Lead
from leads.services.edit import lead_edit
from salesflow.lib.errors import Conflict
from salesflow.people.models import User
from salesflow.work.bulk import Result, each
from salesflow.work.services.custom_values import CustomKinds, PutBack, custom_kinds, custom_take

Params = Mapping[str, Any]
Rows = Sequence[tuple[int, Any]]
#: Facts that many leads may share.
SETTABLE: dict[str, str | Promise] = {
    "industry": gettext_lazy("Industry"),
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Province or state"),
    "city": gettext_lazy("City"),
    "source_detail": gettext_lazy("Source detail"),
}
#: Beside them every custom field of leads, by `custom.<key>`.
CUSTOM = "custom."


def changed_since() -> Conflict:
    return Conflict("changed_since", _("This lead was changed since."))


def text_given(params: Params, name: str, most: int) -> str:
    """A text a deed asks for beside its leads; ValidationError by its name where it is none, or too long."""
    value = params.get(name, "")
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > most or "\x00" in value:
        message = _("A text of at most %(most)s characters is needed.") % {"most": most}
        raise ValidationError({name: ValidationError(message, code="required")})
    return value.strip()


def field_clean(by: User, params: Params) -> dict[str, Any]:
    """Which field is set, and to what: a text, or what a custom field of that kind takes."""
    kinds, field = custom_kinds("leads", by=by), str(params.get("field", ""))
    key = field.removeprefix(CUSTOM)
    if field.startswith(CUSTOM) and key in kinds.words:
        return {"field": field, "value": _custom_value(kinds, key, params.get("value"))}
    if field not in SETTABLE:
        known = ", ".join((*SETTABLE, *(CUSTOM + word for word in kinds.words)))
        message = _("Choose one of: %(known)s.") % {"known": known}
        raise ValidationError({"field": ValidationError(message, code="invalid_choice")})
    return {"field": field, "value": text_given(params, "value", 80)}


def _custom_value(kinds: CustomKinds, key: str, given: Any) -> Any:
    """A value of a custom field by its kind; an empty one empties the field of who need not have it."""
    taken = custom_take({key: given}, kinds=kinds, held={})
    if taken.faults:
        raise ValidationError({"value": [error for errors in taken.faults.values() for error in errors]})
    return taken.values[key]


def field_set(ids: Sequence[int], by: User, params: Params) -> list[Result]:
    """Set the field of each lead, and keep what it was."""
    key = _custom_key(params)

    def deed(id_: int) -> dict[str, Any]:
        lead = Lead.objects.select_for_update(of=("self",)).get(pk=id_)
        if key:
            there = {"there": key in lead.custom, "was": lead.custom.get(key)}
            changed = lead_edit(lead=lead, by=by, values={"custom": {key: params["value"]}})
            return {**there, "is": changed.custom.get(key)}
        changed = lead_edit(lead=lead, by=by, values={params["field"]: params["value"]})
        return {"was": getattr(lead, params["field"]), "is": getattr(changed, params["field"])}

    return each(ids, deed)


def _custom_key(params: Params) -> str:
    """The key of the custom field that is set; empty for another field."""
    field = str(params["field"])
    return field.removeprefix(CUSTOM) if field.startswith(CUSTOM) else ""


def field_unset(rows: Rows, by: User, params: Params) -> list[Result]:
    """Put back what each lead held, if nobody changed it since."""
    found, key = dict(rows), _custom_key(params)

    def deed(id_: int) -> None:
        lead = Lead.objects.select_for_update(of=("self",)).get(pk=id_)
        if key:
            if lead.custom.get(key) != found[id_]["is"]:
                raise changed_since()
            before = PutBack(found[id_]["was"], found[id_]["there"])
            lead_edit(lead=lead, by=by, values={"custom": {key: before}})
            return
        if getattr(lead, params["field"]) != found[id_]["is"]:
            raise changed_since()
        lead_edit(lead=lead, by=by, values={params["field"]: found[id_]["was"]})

    return each(found, deed)
