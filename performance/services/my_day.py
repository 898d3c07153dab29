"""What a person has to do today: first contacts running out, tasks, and what is new in his pools."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from leads.models import Lead, Ownership
from leads.querysets import managed_pool_ids_of, pool_ids_of
from performance.services.period import midnight, today
from salesflow.clocks.models import Clock
from salesflow.lib.subjects import labels, subject_of, subject_types
from salesflow.people.models import User
from salesflow.work.models import Task

SHOWN = 6
#: No list counts further.
COUNTED = 99
#: Returns are news for so long.
RETURNED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class DueContact:
    """A lead whose owner has not spoken to it yet, and the deadline of that."""

    lead: Lead
    due_at: datetime
    started_at: datetime


@dataclass(frozen=True)
class TaskToDo:
    task: Task
    is_late: bool
    subject: str
    url: str


@dataclass(frozen=True)
class MyDay:
    """The lists, each with how many there are in all (no further than `COUNTED` + 1).

    `works` says whether the user sees leads at all, `others` that they are not (only) his own: then `returned` and
    `unowned` tell of them, else `news` of the pools he may claim from.
    """

    works: bool
    others: bool
    due: list[DueContact] = field(default_factory=list)
    due_count: int = 0
    tasks: list[TaskToDo] = field(default_factory=list)
    task_count: int = 0
    late_tasks: int = 0
    news: list[Lead] = field(default_factory=list)
    news_count: int = 0
    returned: list[Ownership] = field(default_factory=list)
    unowned: list[Lead] = field(default_factory=list)
    unowned_count: int = 0


def my_day(user: User) -> MyDay:
    """What is due for the user, soonest first; those who lead others also see what is due for their people."""
    tasks = _tasks(user)
    works = user.may("leads.view")
    others = works and user.people_in_scope[user.scope("leads.view")] != [user.pk]
    found: dict[str, Any] = {
        "tasks": _to_do(list(tasks[:SHOWN])),
        "task_count": _count(tasks),
        "late_tasks": _count(tasks.filter(due_at__lt=timezone.now())),
    }
    if works:
        running = _running(user)
        found |= {"due": _due(user, running), "due_count": _count(running)}
    if others:
        unowned = _unowned(user)
        found |= {
            "returned": _returned(user),
            "unowned": list(unowned.select_related("source")[:SHOWN]),
            "unowned_count": _count(unowned),
        }
    elif works:
        news = _news(user)
        found |= {"news": list(news.select_related("source")[:SHOWN]), "news_count": _count(news)}
    return MyDay(works=works, others=others, **found)


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by().values("pk")[: COUNTED + 1].count()


def _running(user: User) -> QuerySet[Clock]:
    """The first contacts people within the user's scope owe, as deadlines: there are few of them at any time."""
    rows = Clock.objects.running().filter(metric="first_contact", subject_type="leads.lead")
    people = user.people_in_scope[user.scope("leads.view")]
    return rows if people is None else rows.filter(owner_id__in=people)


def _due(user: User, running: QuerySet[Clock]) -> list[DueContact]:
    clocks = list(running.order_by("due_at", "id")[:SHOWN])
    seen = Lead.objects.visible_to(user).current().select_related("owner")
    leads = seen.in_bulk([clock.subject_id for clock in clocks])
    return [
        DueContact(leads[clock.subject_id], clock.due_at, clock.started_at)
        for clock in clocks
        if clock.subject_id in leads and clock.due_at is not None
    ]


def _tasks(user: User) -> QuerySet[Task]:
    """One's own open tasks of today and before, by the day where the user is."""
    zone = timezone.get_current_timezone()
    tomorrow = midnight(today(zone) + timedelta(days=1), zone)
    return Task.objects.open().filter(assignee=user, due_at__lt=tomorrow).order_by("due_at", "id")


def _to_do(tasks: list[Task]) -> list[TaskToDo]:
    """Tasks with the name and page of what they are about; one statement per kind of record."""
    ids = defaultdict(list)
    for task in tasks:
        if task.subject_type in subject_types():
            ids[task.subject_type].append(task.subject_id)
    names = {kind: labels(kind, wanted) for kind, wanted in ids.items()}
    now = timezone.now()
    return [
        TaskToDo(
            task=task,
            is_late=task.due_at is not None and task.due_at < now,
            subject=names.get(task.subject_type, {}).get(task.subject_id, ""),
            url=subject_of(task.subject_type).url(task.subject_id) if task.subject_type in names else "",
        )
        for task in tasks
    ]


def _returned(user: User) -> list[Ownership]:
    """The latest leads that went back to a pool from people of the user's scope, those he may still see."""
    people = user.people_in_scope[user.scope("leads.view")]
    rows = Ownership.objects.filter(
        end_reason__in=Ownership.GIVEN_BACK, ended_at__gte=timezone.now() - RETURNED_WITHIN
    ).exclude(end_detail="reopened")
    rows = rows if people is None else rows.filter(owner_id__in=people)
    seen = rows.filter(lead__in=Lead.objects.visible_to(user).current())
    return list(seen.select_related("lead", "owner").order_by("-ended_at", "-pk")[:SHOWN])


def _unowned(user: User) -> QuerySet[Lead]:
    """Leads nobody owns in the pools the user looks after, the best first."""
    seen = Lead.objects.visible_to(user).current().filter(in_pool=True)
    if user.scope("leads.view") != "all":
        seen = seen.filter(pool_id__in=managed_pool_ids_of(user))
    return seen.order_by("-score", "-id")


def _news(user: User) -> QuerySet[Lead]:
    """Leads that came into the user's pools since yesterday, the latest first."""
    zone = timezone.get_current_timezone()
    since = midnight(today(zone) - timedelta(days=1), zone)
    seen = Lead.objects.visible_to(user).current().filter(pool_id__in=pool_ids_of(user))
    fresh = seen.filter(in_pool=True, under_review=False, pool_entered_at__gte=since)
    return fresh.order_by("-pool_entered_at", "-id")
