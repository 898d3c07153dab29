"""How attachments are listed."""

from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from salesflow.files.content.kinds import CHOICES
from salesflow.files.models import Attachment
from salesflow.lib.lists import Search
from salesflow.lib.lists.filters import After, Before, Choices, Ids
from salesflow.lib.lists.subjects import OnSubjectFilters, OnSubjectList


class AttachmentFilters(OnSubjectFilters):
    kind = Choices("kind", choices=CHOICES, label=_("Kind"))
    by = Ids("by", people=True, label=_("Person"))
    created_after = After("created_at", label=_("Attached from"))
    created_before = Before("created_at", label=_("Attached before"))


class AttachmentList(OnSubjectList):
    key, model, filterset, title, icon = "attachments", Attachment, AttachmentFilters, _("Files"), "paperclip"
    search = Search(columns=("name",))
    orderings: ClassVar = {"id": "id"}

    def for_page(self, rows: QuerySet[Attachment]) -> QuerySet[Attachment]:
        return rows.select_related("file", "by")
