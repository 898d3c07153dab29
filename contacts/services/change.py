"""Setting checked values on a record, and telling what they changed."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record as journal
from salesflow.lib.errors import Conflict
from salesflow.lib.records import Record, touched
from salesflow.people.models import User
from salesflow.work.services.custom_values import custom_edited, custom_kinds, custom_new

Kept = TypeVar("Kept", bound=Record)
Changes = dict[str, tuple[Any, Any]]


def values_set(record: Model, values: Mapping[str, Any], allowed: Iterable[str]) -> Changes:
    """Set `values` on the record and check them; gives field -> (old, new) of those that differ.

    Raises ValidationError for a field that is not among the `allowed`, and for what a field does not take.
    """
    known = set(allowed)
    changes: Changes = {}
    for name, value in values.items():
        if name not in known:
            raise ValidationError({name: ValidationError(_("There is no such field."), code="unknown_field")})
        value = value.strip() if isinstance(value, str) else value
        old = getattr(record, name)
        if old != value:
            changes[name] = (getattr(old, "pk", old), getattr(value, "pk", value))
            setattr(record, name, value)
    checked = {name for name in known if record.pk is None or name in changes}
    record.clean_fields(exclude={field.name for field in record._meta.fields} - checked)
    return changes


def custom_read(record: Any, resource: str, values: Mapping[str, Any], by: User | None) -> dict[str, Any]:
    """The values, with those of custom fields as their kinds keep them, laid over what the record holds.

    A new record begins with the defaults, and must have what is required. Raises ValidationError by `custom.<key>`.
    """
    if record.pk is None:
        kinds = custom_kinds(resource, by=by)
        return {**values, "custom": custom_new(values.get("custom"), kinds=kinds)}
    if "custom" not in values:
        return dict(values)
    kinds = custom_kinds(resource, by=by)
    return {**values, "custom": custom_edited(values["custom"], kinds=kinds, held=record.custom)}


def locked(record: Kept, expected_version: int | None = None) -> Kept:
    """The record as it is now, locked; raises Conflict("stale_version") when it is not the version that was seen."""
    fresh = type(record)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=record.pk)
    if expected_version is not None and fresh.version != expected_version:
        raise Conflict(
            "stale_version", _("Somebody changed this in the meantime."), {"version": fresh.version}
        )
    return fresh


def changed_save(record: Record, columns: Iterable[str]) -> None:
    """Write these columns and count the edit."""
    values = {name: getattr(record, name) for name in columns}
    type(record)._default_manager.filter(pk=record.pk).update(**values, **touched())
    record.refresh_from_db(fields=["version", "updated_at"])


def archived_set(record: Kept, *, archived: bool, by: Any | None, event: str) -> Kept:
    """Archive the locked record, or bring it back, and tell the journal; what is so already stays without a word."""
    now_so = type(record)._default_manager.filter(pk=record.pk, archived_at__isnull=not archived)
    if not now_so.exists():
        type(record)._default_manager.filter(pk=record.pk).update(
            archived_at=Now() if archived else None, **touched()
        )
        journal(event, subject=record, by=by)
    record.refresh_from_db()
    return record
