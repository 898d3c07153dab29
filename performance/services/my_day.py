"""What a person has to do today: first contacts running out, tasks, and what is new in his pools."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.models import Lead
from leads.querysets import pool_ids_of
from performance.services.period import midnight, today
from salesflow.clocks.models import Clock
from salesflow.lib.subjects import labels, subject_of, subject_types
from salesflow.people.models import User
from salesflow.work.models import Task

SHOWN = 8
#: No list counts further.
COUNTED = 99


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
    """The lists, each with how many there are in all (no further than `COUNTED` + 1)."""

    due: list[DueContact]
    due_count: int
    others: bool
    tasks: list[TaskToDo]
    task_count: int
    late_tasks: int
    news: list[Lead]
    news_count: int


def my_day(user: User) -> MyDay:
    """What is due for the user, soonest first; those who lead others also see what is due for their people.

    `others` says that the first contacts are not (only) the user's own.
    """
    running = _running(user)
    tasks = _tasks(user)
    news = _news(user)
    people = user.people_in_scope[user.scope("leads.view")]
    return MyDay(
        due=_due(user, running),
        due_count=_count(running),
        others=people != [user.pk],
        tasks=_to_do(list(tasks[:SHOWN])),
        task_count=_count(tasks),
        late_tasks=_count(tasks.filter(due_at__lt=timezone.now())),
        news=list(news.select_related("source")[:SHOWN]),
        news_count=_count(news),
    )


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by().values("pk")[: COUNTED + 1].count()


def _running(user: User) -> QuerySet[Clock]:
    """The first contacts people within the user's scope owe, as deadlines: there are few of them at any time."""
    rows = Clock.objects.running().filter(metric="first_contact", subject_type="leads.lead")
    people = user.people_in_scope[user.scope("leads.view")]
    return rows if people is None else rows.filter(owner_id__in=people)


def _due(user: User, running: QuerySet[Clock]) -> list[DueContact]:
    clocks = list(running.order_by("due_at", "id")[:SHOWN])
    seen = Lead.objects.visible_to(user).current().select_related("owner").defer("search")
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


def _news(user: User) -> QuerySet[Lead]:
    """Leads that came into the user's pools since yesterday, the latest first; who sees all leads sees all pools."""
    zone = timezone.get_current_timezone()
    since = midnight(today(zone) - timedelta(days=1), zone)
    pools = Q() if user.scope("leads.view") == "all" else Q(pool_id__in=pool_ids_of(user))
    seen = Lead.objects.visible_to(user).current().defer("search")
    fresh = seen.filter(pools, in_pool=True, under_review=False, pool_entered_at__gte=since)
    return fresh.order_by("-pool_entered_at", "-id")
