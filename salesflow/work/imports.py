"""Which records come in from files: each app declares its own kinds, and `services.imports` reads the files.

    register_imports(CustomerImport())

A kind says which fields a column may go to, and writes rows through the rules of its own app. Leads come in by an
import of their own (`leads.services.imports`), which also scores and assigns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from salesflow.lib.lists import ListSpec

Text = str | Promise
CUSTOM = "custom."


@dataclass(frozen=True)
class Target:
    """A field a column may go to; `note` says what it takes, `headers` how people head it in either language.

    `choices` are offered by the template; others may be typed all the same.
    """

    name: str
    label: Text
    note: Text = ""
    headers: tuple[str, ...] = ()
    example: str = ""
    choices: Callable[[], Sequence[str]] | None = None


@dataclass
class RowDraft:
    """A row as texts by field (`custom` by key), and why it cannot be taken, by field.

    `known_as` is the record that the same row of the same file became before.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    known_as: int | None = None

    def refuse(self, name: str, message: Any) -> None:
        self.faults.setdefault(name, []).append(str(message))

    def text(self, name: str) -> str:
        return str(self.values.get(name, ""))


@dataclass
class Answer:
    """What became of a row: created, updated, skipped or rejected; `changes` are field -> [before, after].

    `keys` name the record for later rows of a dry run, which leaves none to be found.
    """

    result: str
    record_id: int | None = None
    reason: str = ""
    changes: dict[str, Any] | None = None
    keys: tuple[str, ...] = ()


class ImportKind:
    """Records of one kind that come in from files. Subclass it, and register the one instance."""

    resource: ClassVar[str]
    model: ClassVar[type[Model]]
    spec: ClassVar[ListSpec]
    title: ClassVar[Text]
    targets: ClassVar[Sequence[Target]]
    #: Every new record needs these; a file needs a column for one of each group, or for one of `known_by`.
    needs: ClassVar[Sequence[tuple[str, ...]]] = (("name",),)
    #: By these alone a record is found again.
    known_by: ClassVar[Sequence[str]] = ("id", "external_id")
    has_custom: ClassVar[bool] = True
    #: Where it stands among the kinds one may choose; the first is what a file is taken for at first.
    order: ClassVar[int] = 50

    @property
    def subject_type(self) -> str:
        return self.model._meta.label_lower

    def allowed(self, user: Any) -> bool:
        """Whether the person may have such records come in at all; each row asks again for its record."""
        raise NotImplementedError

    def writer(self, *, by: Any, mode: str, job_id: int, met: "Met") -> "Writer":
        raise NotImplementedError

    def records(self, ids: Iterable[int]) -> dict[int, Any]:
        """These records, locked in the order of their keys, with what their rights ask."""
        raise NotImplementedError

    def worked_on(self, ids: Sequence[int]) -> set[int]:
        """Those on which other records hang, so that they stay when their import is undone."""
        return set()

    def restore(self, record: Any, values: Mapping[str, Any], *, by: Any, job_id: int) -> None:
        """Set fields back through the rules of an edit; raises as these do."""
        raise NotImplementedError

    def archive(self, record: Any, *, by: Any) -> None:
        raise NotImplementedError


class Writer:
    """Writes the rows of one job, a chunk at a time in the caller's transaction; one answer per draft."""

    def write(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        raise NotImplementedError


#: For keys of a record, the number of the earlier row of a dry run that would have made one of them.
Met = Callable[[Iterable[str]], Mapping[str, int]]

_kinds: dict[str, ImportKind] = {}


def register_imports(*kinds: ImportKind) -> None:
    for kind in kinds:
        _kinds[kind.resource] = kind


def import_kind(resource: str) -> ImportKind | None:
    return _kinds.get(resource)


def kind_named(resource: str) -> ImportKind:
    """The kind of records a file is for; raises ValidationError for what takes none."""
    kind = import_kind(resource)
    if kind is None:
        message = _("Records of this list are not imported.")
        raise ValidationError({"resource": ValidationError(message, code="invalid_choice")})
    return kind


def import_kinds() -> list[ImportKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.order)
