"""Words that chain, about tasks and what hangs on records."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from salesflow.lib.subjects import on_seen_subjects, subject_of

if TYPE_CHECKING:
    from salesflow.people.models import User


class OnSubjectQuerySet(QuerySet[Any]):
    """Activities and notes: `right` is what the roles' table calls the sight of them."""

    right: str

    def by_people_of(self, user: "User") -> Self:
        """What people in the person's scope wrote."""
        if not user.may(self.right):
            return self.none()
        people = user.people_in_scope[user.scope(self.right)]
        return self if people is None else self.filter(by_id__in=people)

    def on(self, user: "User", type_: str, id_: int) -> Self:
        """What anybody wrote on one record, if the person may see that record."""
        if not user.may(self.right) or not subject_of(type_).seen(user).filter(pk=id_).exists():
            return self.none()
        return self.filter(subject_type=type_, subject_id=id_)

    def visible_to(self, user: "User") -> Self:
        """What people in one's scope wrote, and what stands on records that one may see."""
        if not user.may(self.right):
            return self.none()
        people = user.people_in_scope[user.scope(self.right)]
        if people is None:
            return self
        return self.filter(Q(by_id__in=people) | on_seen_subjects(user))


class ActivityQuerySet(OnSubjectQuerySet):
    right = "activities.view"


class NoteQuerySet(OnSubjectQuerySet):
    right = "notes.view"


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


class MeetingQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """One's own, those of the people in one's scope, and those one is invited to."""
        if not user.may("tasks.view"):
            return self.none()
        people = user.people_in_scope[user.scope("tasks.view")]
        if people is None:
            return self
        return self.filter(Q(organiser_id__in=people) | Q(guest=user, told__isnull=False))


class BulkJobQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """One's own jobs, and those of the people in one's scope."""
        people = user.people_in_scope[user.scope("jobs.view")]
        return self if people is None else self.filter(by_id__in=people)


class ExportQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """One's own exports, and those of the people in one's scope."""
        people = user.people_in_scope[user.scope("exports.view")]
        return self if people is None else self.filter(by_id__in=people)


class ImportQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """One's own imports, and those of the people in one's scope."""
        people = user.people_in_scope[user.scope("jobs.view")]
        return self if people is None else self.filter(by_id__in=people)


class HandoverQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """Those one asked for, and those asked for by the people in one's scope."""
        people = user.people_in_scope[user.scope("jobs.view")]
        return self if people is None else self.filter(by_id__in=people)


class SavedViewQuerySet(QuerySet["SavedView"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, those shared with everybody, and those shared with a team one belongs to or leads."""
        my_team = Q(team=user.team_id) | Q(team__manager=user)
        return self.filter(Q(owner=user) | Q(audience="everybody") | (Q(audience="team") & my_team))
