"""Setting checked values on a record, and telling what they changed."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from contacts import policies
from salesflow.journal.services import record as journal
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import Record, touched
from salesflow.people.models import User
from salesflow.work.services.custom_values import CustomKinds, custom_edited, custom_kinds, custom_new

Kept = TypeVar("Kept", bound=Record)
Changes = dict[str, tuple[Any, Any]]


def values_set(
    record: Model, values: Mapping[str, Any], allowed: Iterable[str], *, known: Collection[str] = ()
) -> Changes:
    """Set `values` on the record and check them; gives field -> (old, new) of those that differ.

    Fields that are `known` hold records the caller has just read: the database is not asked for them again. Raises
    ValidationError for a field that is not among the `allowed`, and for what a field does not take.
    """
    names = set(allowed)
    changes: Changes = {}
    for name, value in values.items():
        if name not in names:
            raise ValidationError({name: ValidationError(_("There is no such field."), code="unknown_field")})
        value = value.strip() if isinstance(value, str) else value
        old = getattr(record, name)
        if old != value:
            changes[name] = (getattr(old, "pk", old), getattr(value, "pk", value))
            setattr(record, name, value)
    checked = {name for name in names if record.pk is None or name in changes} - set(known)
    record.clean_fields(exclude={field.name for field in record._meta.fields} - checked)
    return changes


def custom_read(
    record: Any,
    resource: str,
    values: Mapping[str, Any],
    by: User | None,
    kinds: CustomKinds | None = None,
) -> dict[str, Any]:
    """The values, with those of custom fields as their kinds keep them, laid over what the record holds.

    A new record begins with the defaults, and must have what is required. Raises ValidationError by `custom.<key>`.
    """
    if record.pk is None:
        kinds = kinds or custom_kinds(resource, by=by)
        return {**values, "custom": custom_new(values.get("custom"), kinds=kinds)}
    if "custom" not in values:
        return dict(values)
    kinds = kinds or custom_kinds(resource, by=by)
    return {**values, "custom": custom_edited(values["custom"], kinds=kinds, held=record.custom)}


def locked(record: Kept, expected_version: int | None = None) -> Kept:
    """The record as it is now, locked; raises Conflict("stale_version") when it is not the version that was seen."""
    fresh = type(record)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=record.pk)
    if expected_version is not None and fresh.version != expected_version:
        raise Conflict(
            "stale_version", _("Somebody changed this in the meantime."), {"version": fresh.version}
        )
    return fresh


def owner_checked(by: User | None, right: str, owner: User | None) -> None:
    """Refuse an owner out of reach (PermissionDenied) or no longer active (ValidationError)."""
    require(by is None or policies.can_own(by, right, owner.pk if owner else None))
    if owner is not None and not owner.is_active:
        raise ValidationError(
            {"owner": ValidationError(_("This person is no longer active."), code="inactive")}
        )


def edit_data(changes: Changes, of_import: int | None = None) -> dict[str, Any]:
    """What the journal says of an edit: the fields, and the import whose doing or undoing it is."""
    return {"fields": sorted(changes), **({"import": of_import} if of_import is not None else {})}


def changed_save(record: Record, columns: Iterable[str]) -> None:
    """Write these columns and count the edit."""
    values = {name: getattr(record, name) for name in columns}
    type(record)._default_manager.filter(pk=record.pk).update(**values, **touched())
    record.refresh_from_db(fields=["version", "updated_at"])


_EXTERNAL_LOCK = """
SELECT count(pg_advisory_xact_lock(7317, b))
  FROM (SELECT DISTINCT hashtext('external ' || key) & 4095 AS b FROM unnest(%s::text[]) AS key ORDER BY 1) t
"""


def external_lock(model: type[Model], ids: Iterable[Any]) -> None:
    """Wait until nobody else gives a record of this model one of these external ids; held until the transaction ends.

    Taken before any row is locked.
    """
    given = {id_.strip() for id_ in ids if isinstance(id_, str)} - {""}
    if given:
        with connection.cursor() as cursor:
            cursor.execute(_EXTERNAL_LOCK, [[f"{model._meta.label_lower} {id_}" for id_ in sorted(given)]])


def external_once(record: Any) -> None:
    """Refuse an external id that another present record of the kind has; to be asked after `external_lock`."""
    if external_taken(record):
        message = _("Another record has this external id.")
        raise ValidationError({"external_id": ValidationError(message, code="taken")})


def external_taken(record: Any) -> bool:
    rows = type(record)._default_manager.filter(external_id=record.external_id, archived_at=None)
    return bool(record.external_id) and rows.exclude(pk=record.pk).exists()


def archived_set(record: Kept, *, archived: bool, by: Any | None, event: str) -> Kept:
    """Archive the locked record, or bring it back, and tell the journal; what is so already stays without a word."""
    if not archived and record.archived_at:
        external_lock(type(record), [getattr(record, "external_id", "")])
        if external_taken(record):
            raise Conflict("duplicate", _("Another record has the external id of this one now."))
    now_so = type(record)._default_manager.filter(pk=record.pk, archived_at__isnull=not archived)
    if not now_so.exists():
        type(record)._default_manager.filter(pk=record.pk).update(
            archived_at=Now() if archived else None, **touched()
        )
        journal(event, subject=record, by=by)
    record.refresh_from_db()
    return record
