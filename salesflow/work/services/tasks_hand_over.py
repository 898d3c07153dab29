"""Open tasks as a kind of record that is handed over."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.handover import HandoverKind, HandoverResult, Move, Subject
from salesflow.work.models import Task


def _rows(person: User) -> QuerySet[Task]:
    return Task.objects.open().filter(assignee=person)


def recipients(by: User) -> list[User]:
    """Whom one may give tasks and meetings to."""
    if not by.may("tasks.create"):
        return []
    people, active = (
        by.people_in_scope[by.scope("tasks.create")],
        User.objects.active().order_by("name", "pk"),
    )
    return list(active if people is None else active.filter(pk__in=people))


def _about(ids: Sequence[int]) -> dict[int, Subject]:
    """A task goes with the record it stands on."""
    rows = Task.objects.filter(pk__in=ids).exclude(subject_type="")
    return {pk: (type_, id_) for pk, type_, id_ in rows.values_list("pk", "subject_type", "subject_id")}


def tasks_hand_over(move: Move) -> list[HandoverResult]:
    """Give the open tasks of one person to others; their times and reminders stay."""
    held = (
        _rows(move.person)
        .filter(pk__in=move.given)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    tasks = {task.pk: task for task in held}
    results, moved = [], []
    for id_, to in move.given.items():
        task = tasks.get(id_)
        if task is None:
            results.append(
                HandoverResult(id_, "changed_since", _("This task was closed or given away meanwhile."))
            )
        elif not (policies.can_edit_task(move.by, task) and policies.can_assign_task(move.by, to)):
            results.append(HandoverResult(id_, "forbidden", _("You may not give this task to this person.")))
        else:
            moved.append((id_, to))
            results.append(HandoverResult(id_))
    for to in {to.pk: to for _id, to in moved}.values():
        mine = [id_ for id_, other in moved if other == to]
        Task.objects.filter(pk__in=mine).update(assignee=to, **touched())
    record_many(
        EventDraft(
            "work.task_changed", "work.task", id_, move.by.pk, {"handover": move.handover_id},
            {"changes": {"assignee": [move.person.pk, to.pk]}},
        )
        for id_, to in moved
    )  # fmt: skip
    return results


TASKS = HandoverKind(
    "tasks", gettext_lazy("Tasks"), "work.task", 90, _rows, recipients, tasks_hand_over, _about
)
