"""Deeds on many records: each app declares those of its lists, and `services.bulk_jobs` carries them out.

    register_bulk(LeadList(), BulkAction("archive", _("Archive"), run=…, undo=…))

`run(ids, by, params)` does it to records the person sees, a batch in one transaction, and answers for each. Who may
do it to which record is asked by the service of the record at that moment, not when the job was made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.lib.errors import Conflict
from salesflow.lib.lists import ListSpec

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What became of a record: done when there is no `code`; `before` is what undoing needs."""

    record_id: int
    code: str = ""
    reason: str = ""
    before: Any = None


def _as_given(by: Any, params: Params) -> dict[str, Any]:
    if params:
        raise ValidationError({name: ValidationError("?", code="unknown_field") for name in params})
    return {}


@dataclass(frozen=True)
class BulkAction:
    """`clean(by, params)` reads what the deed asks for beside its records; `undo(rows, by, params)` takes it back.

    A deed without `undo` cannot be undone.
    """

    key: str
    label: Any
    run: Callable[[Sequence[int], Any, Params], list[Result]]
    undo: Callable[[Sequence[tuple[int, Any]], Any, Params], list[Result]] | None = None
    allowed: Callable[[Any], bool] = lambda user: True
    clean: Callable[[Any, Params], dict[str, Any]] = _as_given
    #: It is done to archived records, and to no others.
    on_archived: bool = False
    #: It answers for records that are out of sight as well, such as those that another took meanwhile.
    answers_unseen: bool = False


_lists: dict[str, ListSpec] = {}
_actions: dict[tuple[str, str], BulkAction] = {}


def register_bulk(spec: ListSpec, *actions: BulkAction) -> None:
    """Offer these deeds on the records of a list, known by the name of its views."""
    _lists[spec.views_key] = spec
    for action in actions:
        _actions[spec.views_key, action.key] = action


def bulk_list(name: str) -> ListSpec | None:
    return _lists.get(name)


def bulk_action(name: str, key: str) -> BulkAction | None:
    return _actions.get((name, key))


def each(ids: Iterable[int], deed: Callable[[int], Any]) -> list[Result]:
    """Do a deed to one record after the other; a refusal undoes what that one wrote, and no more.

    What `deed` gives is kept for undoing.
    """
    results = []
    for id_ in ids:
        try:
            with transaction.atomic():
                results.append(Result(id_, before=deed(id_)))
        except (ValidationError, PermissionDenied, Conflict) as refusal:
            results.append(refused(id_, refusal))
    return results


def refused(id_: int, refusal: ValidationError | PermissionDenied | Conflict) -> Result:
    """A refusal as the answer for a record."""
    if isinstance(refusal, Conflict):
        return Result(id_, refusal.code, str(refusal.message))
    if isinstance(refusal, ValidationError):
        return Result(id_, "invalid", " ".join(refusal.messages))
    return Result(id_, "forbidden", str(refusal))


def text_given(params: Params, name: str, most: int) -> str:
    """A text a deed asks for beside its records; ValidationError by its name where it is none, or too long."""
    value = params.get(name, "")
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > most or "\x00" in value:
        message = _("A text of at most %(most)s characters is needed.") % {"most": most}
        raise ValidationError({name: ValidationError(message, code="required")})
    return value.strip()
