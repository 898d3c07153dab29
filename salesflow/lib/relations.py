"""Rows that hang on a record and follow it when it is merged into another.

Each app says which tables of its hold such rows: by type and id for what hangs on records of any kind, by a foreign
key for what belongs to one kind. Merging names no table, so what a later app adds is not forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model, QuerySet

Moved = dict[str, list[int]]


@dataclass(frozen=True)
class Relation:
    """A table (`leads.ownership`) whose rows name a record of `subject_type` in `column`.

    With `type_column` the table serves records of any kind and that column says which; `subject_type` is then empty.
    With `once` a record has one row for each value of that column: where the target has its own, the row stays.
    """

    table: str
    column: str
    subject_type: str = ""
    type_column: str = ""
    once: str = ""

    def rows(self, subject_type: str, subject_id: int) -> QuerySet[Model]:
        wanted: dict[str, object] = {self.column: subject_id}
        if self.type_column:
            wanted[self.type_column] = subject_type
        return apps.get_model(self.table)._base_manager.filter(**wanted)

    def rows_for(self, subject_type: str, *, source: int, target: int) -> QuerySet[Model]:
        """Those of `source` that `target` can take."""
        rows = self.rows(subject_type, source)
        if not self.once:
            return rows
        return rows.exclude(**{f"{self.once}__in": self.rows(subject_type, target).values(self.once)})


_relations: dict[str, Relation] = {}


def follows(table: str, column: str, subject_type: str, *, once: str = "") -> None:
    """Say that rows of this table belong to records of one kind, named by `column`."""
    _relations[table] = Relation(table, column, subject_type=subject_type, once=once)


def follows_any(*tables: str, once: str = "") -> None:
    """Say that rows of these tables hang on records of any kind, by `subject_type` and `subject_id`."""
    for table in tables:
        _relations[table] = Relation(table, "subject_id", type_column="subject_type", once=once)


def relations_of(subject_type: str) -> Sequence[Relation]:
    """The tables whose rows follow a record of this kind, in a fixed order."""
    found = [each for each in _relations.values() if each.subject_type in ("", subject_type)]
    return sorted(found, key=lambda each: each.table)


def rows_move(subject_type: str, *, source: int, target: int) -> Moved:
    """Let every row of `source` belong to `target`; gives the ids of the moved rows by table.

    The caller has locked both records.
    """
    moved: Moved = {}
    for relation in relations_of(subject_type):
        rows = relation.rows_for(subject_type, source=source, target=target)
        ids = sorted(rows.values_list("pk", flat=True))
        if ids:
            relation.rows(subject_type, source).filter(pk__in=ids).update(**{relation.column: target})
            moved[relation.table] = ids
    return moved


def rows_move_back(
    subject_type: str, moved: Mapping[str, Sequence[int]], *, source: int, target: int
) -> None:
    """Undo `rows_move`: rows it moved go back to `source`, but for those that have left `target` since."""
    for relation in relations_of(subject_type):
        ids = moved.get(relation.table)
        if ids:
            rows = relation.rows_for(subject_type, source=target, target=source)
            back = list(rows.filter(pk__in=ids).values_list("pk", flat=True))
            relation.rows(subject_type, target).filter(pk__in=back).update(**{relation.column: source})
