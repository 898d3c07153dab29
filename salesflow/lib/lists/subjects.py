"""Lists of what hangs on records: filtered by the record, by kind and id."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists.filters import Exactly, Filters, Words
from salesflow.lib.lists.spec import ListSpec
from salesflow.lib.subjects import subject_types, type_named


class SubjectType(Words):
    """The kind of record things hang on: `leads.lead`, or in short `lead`."""

    def where(self, value: list[str]) -> Q:
        return super().where([type_named(name) or name for name in value])


class OnSubjectFilters(Filters):
    subject_type = SubjectType("subject_type", label=_("Kind of record"))
    subject_id = Exactly("subject_id", label=_("Record"))

    def subject(self) -> tuple[str, int] | None:
        """The one record the list is asked for, where it is asked for one."""
        types, id_ = (self.form.cleaned_data.get(name) for name in ("subject_type", "subject_id"))
        if not types or len(types) > 1 or id_ is None:
            return None
        type_ = type_named(types[0])
        return (type_, int(id_)) if type_ in subject_types() else None


class OnSubjectList(ListSpec):
    """On one record: what anybody put there, if one may see it. Else: what the people in one's scope put somewhere."""

    orderings: ClassVar = {"id": "id"}

    def listed(self, user: Any, filters: Any) -> QuerySet[Any]:
        subject, rows = filters.subject(), self.model._default_manager
        return rows.on(user, *subject) if subject else rows.by_people_of(user)  # type: ignore[attr-defined]
