"""Making, changing, archiving and restoring records of configuration: teams, territories, departments and the like.

They all obey one rule: who has the right of that resource may, the model says what is valid, processes drop what they
keep of the configuration, and the journal tells what changed.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import Record, touched
from salesflow.people.models import User
from salesflow.people.services.config import config_changed, config_hold

Made = TypeVar("Made", bound=Record)
#: By kind of record: whether others still need this one, so that it cannot be archived.
_needed: dict[type[Record], Callable[[Any], bool]] = {}


def needed_when(kind: type[Record], needed: Callable[[Any], bool]) -> None:
    """Say when a record of a kind is still needed."""
    _needed[kind] = needed


@transaction.atomic
def config_record_create(
    kind: type[Made], /, *, by: User | None, rights: str, of_import: int | None = None, **values: Any
) -> Made:
    """Make a record of configuration; `rights` is its name in the roles' table, `of_import` whose doing this is."""
    require(by is None or by.may(f"{rights}.create"))
    config_hold()
    made = kind(**values)
    made.full_clean()
    made.save()
    config_changed()
    record(f"{_name(kind)}_created", subject=made, by=by, data=_of(of_import))
    return made


@transaction.atomic
def config_record_change(
    config: Made, /, *, by: User | None, rights: str, of_import: int | None = None, **values: Any
) -> Made:
    """Change fields of a record of configuration; nothing is written or told when all stay as they are."""
    require(by is None or by.may(f"{rights}.edit"))
    config_hold()
    kind = type(config)
    held = kind._base_manager.select_for_update().get(pk=config.pk)
    changes = {}
    for name, value in values.items():
        old = getattr(held, name)
        if old != value:
            changes[name] = (getattr(old, "pk", old), getattr(value, "pk", value))
            setattr(held, name, value)
    if not changes:
        return held
    held.full_clean()
    held.save(update_fields=list(changes))
    kind._base_manager.filter(pk=held.pk).update(**touched())
    config_changed()
    data = {"fields": sorted(changes), **_of(of_import)}
    record(f"{_name(kind)}_changed", subject=held, by=by, changes=changes, data=data)
    return kind._base_manager.get(pk=held.pk)


@transaction.atomic
def config_record_archive(config: Record, /, *, by: User | None, rights: str) -> None:
    """Take a record out of use; raises Conflict("still_in_use") where others need it (`needed_when`)."""
    require(by is None or by.may(f"{rights}.archive"))
    config_hold()
    needed = _needed.get(type(config))
    if needed is not None and needed(config):
        raise Conflict("still_in_use", _("Others still use this; move them first."))
    rows = type(config)._base_manager.filter(pk=config.pk, archived_at=None)
    if rows.update(archived_at=Now(), **touched()):
        config_changed()
        record(f"{_name(type(config))}_archived", subject=config, by=by)


@transaction.atomic
def config_record_restore(config: Record, /, *, by: User | None, rights: str) -> None:
    """Bring an archived record back into use."""
    require(by is None or by.may(f"{rights}.archive"))
    config_hold()
    rows = type(config)._base_manager.filter(pk=config.pk, archived_at__isnull=False)
    if rows.update(archived_at=None, **touched()):
        config_changed()
        record(f"{_name(type(config))}_restored", subject=config, by=by)


def _of(of_import: int | None) -> dict[str, Any]:
    """What the journal says of a deed of an import, so that it is no work of a person's."""
    return {} if of_import is None else {"import": of_import}


def _name(kind: type[Record]) -> str:
    return f"{kind._meta.app_label}.{kind._meta.model_name}"
