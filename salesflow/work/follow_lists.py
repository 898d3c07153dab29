"""How what somebody follows is listed."""

from typing import Any, ClassVar

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists import Column, ListSpec
from salesflow.lib.lists.filters import After, Before, Choices, Filters
from salesflow.lib.subjects import on_seen_subjects, seen_subjects, subject_of
from salesflow.work.following import followed_types
from salesflow.work.models import Follow


def _kind_of(follow: Follow) -> str:
    return _named(follow.subject_type)


def _named(type_: str) -> str:
    name = str(apps.get_model(type_)._meta.verbose_name)
    return name[:1].upper() + name[1:]


class KindOfRecord(Choices):
    """One of the kinds that can be followed; which these are, later apps say."""

    @property
    def field(self) -> Any:
        self.extra["choices"] = [(type_, _named(type_)) for type_ in sorted(followed_types())]
        return super().field


class FollowFilters(Filters):
    subject_type = KindOfRecord("subject_type", label=_("Kind of record"))
    since_after = After("since", label=_("Followed from"))
    since_before = Before("since", label=_("Followed before"))


class FollowList(ListSpec):
    """The records a person follows, of those he may see now; an archived one is marked."""

    key, model, filterset, title, icon = "following", Follow, FollowFilters, _("Records I follow"), "eye"
    orderings: ClassVar = {"id": "id"}
    bar = ("subject_type",)
    columns: ClassVar = [
        Column("record", _("Record"), link=True, value="label", phone="1l"),
        Column("subject_type", _("Kind"), value=_kind_of, phone="2l"),
        Column("gone", _("State"), kind="badge", phone="2r", options={"dot": False}),
        Column("since", _("Followed since"), kind="ago", phone="1r"),
    ]
    empty_title = _("You follow nothing yet")
    empty_text = _(
        "On the page of a lead, a customer or an opportunity press “Follow” to be told what happens there."
    )

    def visible(self, user: Any) -> QuerySet[Follow]:
        return Follow.objects.filter(on_seen_subjects(user), user=user)

    def complete(self, rows: list[Any], user: Any) -> None:
        records = seen_subjects(user, [(row.subject_type, row.subject_id) for row in rows])
        for row in rows:
            record = records.get((row.subject_type, row.subject_id))
            row.label = subject_of(row.subject_type).label(record) if record is not None else ""
            row.gone = gettext("Archived") if getattr(record, "archived_at", None) else ""
            row.url = record.get_absolute_url() if record is not None else ""

    def row_url(self, row: Any) -> str:
        return row.url
