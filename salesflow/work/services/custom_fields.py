"""Fields that are added without a migration."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.queue import enqueue
from salesflow.people.models import User
from salesflow.people.services import config_record_change, config_record_create
from salesflow.people.services.config import config_changed, config_hold, configured, shown_revision
from salesflow.work.custom_models import extensible
from salesflow.work.models import CustomField

State = CustomField.IndexState


@transaction.atomic
def custom_fields_ensure(*, resource: str, labels: Mapping[str, str], by: User | None) -> None:
    """Make the text fields among `labels` (key -> label) that are not there yet; others stay as they are."""
    known = set(CustomField.objects.filter(resource=resource, key__in=labels).values_list("key", flat=True))
    missing = [key for key in labels if key not in known]
    if not missing:
        return
    config_hold()
    CustomField.objects.bulk_create(
        [CustomField(resource=resource, key=key, label=labels[key][:120]) for key in missing],
        ignore_conflicts=True,
    )
    config_changed()
    made = CustomField.objects.filter(resource=resource, key__in=missing)
    record_many(
        EventDraft(
            "work.custom_field_created",
            "work.customfield",
            field.pk,
            getattr(by, "pk", None),
            {"key": field.key},
        )
        for field in made
    )


@transaction.atomic
def custom_field_create(*, by: User | None, **values: Any) -> CustomField:
    """Add a field; one that is `indexed` gets its index by and by. Raises ValidationError, PermissionDenied."""
    if values.get("indexed"):
        values["index_state"] = State.WAITING
        _settle_soon()
    return config_record_create(CustomField, by=by, rights="custom_fields", **values)


@transaction.atomic
def custom_field_change(*, field: CustomField, by: User | None, **values: Any) -> CustomField:
    """Change a field; a choice taken away that records hold is retired instead, and one put back is in use again.

    Raises ValidationError, PermissionDenied, Conflict("has_values") for another kind while records have values.
    """
    require(by is None or by.may("custom_fields.edit"))
    config_hold()
    held = CustomField.objects.select_for_update().get(pk=field.pk)
    if values.get("kind", held.kind) != held.kind and values_held(held):
        message = _("Records have values of this field: its kind stays. Make a new field for another kind.")
        raise Conflict("has_values", message)
    if isinstance(values.get("choices"), list):
        offered = values["choices"]
        gone = [choice for choice in held.choices if choice not in offered and values_held(held, choice)]
        values["retired"] = [choice for choice in held.retired if choice not in offered] + gone
    for column in ("choice_names", "choice_names_zh"):
        if isinstance(names := values.get(column, getattr(held, column)), dict):
            values[column] = _names_kept(held, values, column, names)
    values |= _index_wanted(held, values)
    return config_record_change(held, by=by, rights="custom_fields", **values)


def _index_wanted(held: CustomField, values: Mapping[str, Any]) -> dict[str, Any]:
    """The state of the index that this change leads to: made anew for another kind, or one that failed before."""
    wanted = values.get("indexed", held.indexed)
    other_kind = values.get("kind", held.kind) != held.kind
    if wanted and (
        not held.indexed or other_kind or ("indexed" in values and held.index_state == State.FAILED)
    ):
        _settle_soon()
        return {"index_state": State.WAITING, "index_error": ""}
    if held.indexed and not wanted:
        _settle_soon()
        return {"index_state": State.DROPPING, "index_error": ""}
    return {}


def _settle_soon() -> None:
    from salesflow.work.tasks import settle_custom_indexes

    enqueue(settle_custom_indexes)


def _names_kept(
    held: CustomField, values: Mapping[str, Any], column: str, names: dict[str, str]
) -> dict[str, str]:
    """The names of choices that records can still hold; ValidationError for one of no choice there ever was."""
    offered = values.get("choices")
    kept = [*(offered if isinstance(offered, list) else held.choices), *values.get("retired", held.retired)]
    for name in names:
        if name not in kept and name not in held.choices and name not in held.retired:
            message = _("There is no choice “%(name)s”.") % {"name": name[:60]}
            raise ValidationError({column: ValidationError(message, code="invalid_choice")})
    return {name: said for name, said in names.items() if name in kept}


def values_held(field: CustomField, choice: str | None = None) -> bool:
    """Whether any record has a value of this field, or holds this choice; archived records count."""
    rows = extensible()[field.resource]._base_manager.all()
    path = f"custom__{field.key}"
    if choice is None:
        filled = Q(custom__has_key=field.key) & ~Q(**{path: None})
        return rows.filter(filled).exists()
    return rows.filter(Q(**{path: choice}) | Q(**{f"{path}__contains": [choice]})).exists()


def custom_words(resource: str, *, revision: int | None = None) -> list[CustomWord]:
    """The custom fields of a kind of record as words of its lists, kept until the configuration changes.

    Without a `revision` that was read, the one this request has seen is good enough.
    """
    return [word for word in custom_declared(resource, revision=revision).values() if not word.archived]


def custom_declared(resource: str, *, revision: int | None = None) -> Mapping[str, CustomWord]:
    """Every field that was declared for a kind of record by its key, also those put away, of which values remain."""

    def read() -> dict[str, CustomWord]:
        fields = CustomField.objects.filter(resource=resource).order_by("position", "id")
        return {each.key: each.word for each in fields}

    return configured(
        f"work.custom_words.{resource}", read, revision=shown_revision() if revision is None else revision
    )
