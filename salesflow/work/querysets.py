"""Words that chain, about tasks."""

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

if TYPE_CHECKING:
    from salesflow.people.models import User


class TaskQuerySet(QuerySet["Task"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, those one gave, and those of the people in one's scope."""
        if not user.may("tasks.view"):
            return self.none()
        people = user.people_in_scope[user.scope("tasks.view")]
        if people is None:
            return self
        return self.filter(Q(assignee_id__in=people) | Q(created_by=user))

    def open(self) -> Self:
        return self.filter(state="open", archived_at=None)

    def overdue(self) -> Self:
        return self.open().filter(due_at__lt=Now())


class SavedViewQuerySet(QuerySet["SavedView"]):
    def visible_to(self, user: "User") -> Self:
        """Views are private to their owner."""
        return self.filter(owner=user, archived_at=None)
