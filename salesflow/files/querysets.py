"""Words that chain, about attachments."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import QuerySet

from salesflow.lib.subjects import on_seen_subjects, subject_of

if TYPE_CHECKING:
    from salesflow.people.models import User

RIGHT = "attachments.view"


class AttachmentQuerySet(QuerySet[Any]):
    def visible_to(self, user: "User") -> Self:
        """An attachment is seen by whoever sees the record it hangs on, and by nobody else, whoever put it there."""
        return self.filter(on_seen_subjects(user)) if user.may(RIGHT) else self.none()

    def by_people_of(self, user: "User") -> Self:
        """Of those, what the people in the person's scope put somewhere."""
        people = user.people_in_scope[user.scope(RIGHT)]
        visible = self.visible_to(user)
        return visible if people is None else visible.filter(by_id__in=people)

    def on(self, user: "User", type_: str, id_: int) -> Self:
        """What hangs on one record, if the person may see that record."""
        if not user.may(RIGHT) or not subject_of(type_).seen(user).filter(pk=id_).exists():
            return self.none()
        return self.filter(subject_type=type_, subject_id=id_)

    def current(self) -> Self:
        return self.filter(archived_at=None)
