"""Setting one field of many records, and putting back what each held: one deed for every kind of record.

    register_set(CustomerList(), Settable("customers", Customer, ("industry", "city"), CustomerForm, _edit), allowed=…)

The value is given as the record's own form takes it, and each record is changed by its own service.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import DateField
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.lib import fields as field_policy
from salesflow.lib.errors import Conflict
from salesflow.lib.lists import ListSpec
from salesflow.lib.lists.ports import custom_said
from salesflow.people.models import User
from salesflow.work.bulk import BulkAction, Result, each, register_bulk, text_given
from salesflow.work.services.custom_values import CustomKinds, PutBack, custom_kinds, custom_take

Params = Mapping[str, Any]
Rows = Sequence[tuple[int, Any]]
#: The deed's name in every list that has it.
SET = "set"
#: Beside the facts that many records may share, every custom field, by `custom.<key>`.
CUSTOM = "custom."
LONGEST = 80


@dataclass(frozen=True)
class Settable:
    """How records of one kind are set: `fields` are facts that many may share, texts or days.

    `form` is the class of the record's form, whose widgets ask for the value; `edit(record, by, values)` is its
    service and gives the record as it is then.
    """

    resource: str
    model: Any
    fields: tuple[str, ...]
    form: type[forms.BaseForm]
    edit: Callable[[Any, User, dict[str, Any]], Any]

    def choosable(self, user: User) -> list[tuple[str, Any]]:
        """The fields this person may set, with their names; none that is hidden from him."""
        hidden = field_policy.hidden(self.resource, user)
        facts = [(name, self.form.base_fields[name].label) for name in self.fields if name not in hidden]
        words = {} if "custom" in hidden else custom_kinds(self.resource, by=user).words
        return [*facts, *((CUSTOM + key, word.label) for key, word in words.items())]

    def clean(self, by: User, params: Params) -> dict[str, Any]:
        """Which field is set, and to what: a text, a day, or what a custom field of that kind takes."""
        field = str(params.get("field", ""))
        known = [name for name, _label in self.choosable(by)]
        if field not in known:
            message = _("Choose one of: %(known)s.") % {"known": ", ".join(known)}
            raise ValidationError({"field": ValidationError(message, code="invalid_choice")})
        if key := _custom_key(field):
            return {"field": field, "value": _custom_value(custom_kinds(self.resource, by=by), key, params)}
        if self._is_day(field):
            return {"field": field, "value": _day_given(params)}
        return {"field": field, "value": text_given(params, "value", LONGEST)}

    def run(self, ids: Sequence[int], by: User, params: Params) -> list[Result]:
        """Set the field of each record, and keep what it was."""
        field = str(params["field"])
        key = _custom_key(field)

        def deed(id_: int) -> dict[str, Any]:
            record = self._locked(id_)
            if key:
                there = {"there": key in record.custom, "was": record.custom.get(key)}
                changed = self.edit(record, by, {"custom": {key: params["value"]}})
                return {**there, "is": changed.custom.get(key)}
            was = _plain(getattr(record, field))
            changed = self.edit(record, by, {field: self._value(field, params["value"])})
            return {"was": was, "is": _plain(getattr(changed, field))}

        return each(ids, deed)

    def undo(self, rows: Rows, by: User, params: Params) -> list[Result]:
        """Put back what each record held, if nobody changed it since."""
        found, field = dict(rows), str(params["field"])
        key = _custom_key(field)

        def deed(id_: int) -> None:
            record, held = self._locked(id_), found[id_]
            now = record.custom.get(key) if key else _plain(getattr(record, field))
            if now != held["is"]:
                raise Conflict("changed_since", _("This record was changed since."))
            if key:
                self.edit(record, by, {"custom": {key: PutBack(held["was"], held["there"])}})
            else:
                self.edit(record, by, {field: self._value(field, held["was"])})

        return each(found, deed)

    def told(self, params: Params, user: User) -> tuple[Any, Any]:
        """The field a job sets and the value it gives, in words; the field by its key where it is there no more."""
        field, value = str(params["field"]), params["value"]
        label = dict(self.choosable(user)).get(field, field)
        if key := _custom_key(field):
            word = custom_kinds(self.resource, by=user).words.get(key)
            return label, value if word is None else custom_said()(word, value)
        return label, date_format(date.fromisoformat(value)) if self._is_day(field) else value

    def _locked(self, id_: int) -> Any:
        return self.model.objects.select_for_update(of=("self",), no_key=True).get(pk=id_)

    def _is_day(self, field: str) -> bool:
        return isinstance(self.model._meta.get_field(field), DateField)

    def _value(self, field: str, kept: Any) -> Any:
        """A value as the service takes it, of what the job keeps."""
        return date.fromisoformat(kept) if kept is not None and self._is_day(field) else kept


_settables: dict[str, Settable] = {}


def register_set(spec: ListSpec, settable: Settable, *, allowed: Callable[[Any], bool]) -> None:
    """Offer setting a field on the records of a list."""
    _settables[spec.views_key] = settable
    deed = BulkAction(SET, gettext_lazy("Set a field"), settable.run, settable.undo, allowed, settable.clean)
    register_bulk(spec, deed)


def settable_of(name: str) -> Settable | None:
    """What is set in the list of this name."""
    return _settables.get(name)


def _custom_key(field: str) -> str:
    """The key of the custom field that is set; empty for another field."""
    return field.removeprefix(CUSTOM) if field.startswith(CUSTOM) else ""


def _custom_value(kinds: CustomKinds, key: str, params: Params) -> Any:
    """A value of a custom field by its kind; an empty one empties the field of who need not have it."""
    taken = custom_take({key: params.get("value")}, kinds=kinds, held={})
    if taken.faults:
        raise ValidationError({"value": [error for errors in taken.faults.values() for error in errors]})
    return taken.values[key]


def _day_given(params: Params) -> str:
    """A day as 2026-11-30; it is kept so."""
    value = params.get("value", "")
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        message = _("A day such as 2026-11-30 is needed.")
        raise ValidationError({"value": ValidationError(message, code="invalid")}) from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
