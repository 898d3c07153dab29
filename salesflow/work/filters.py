"""Filters that every list of records may have."""

from django.db.models import Q

from salesflow.lib.lists.filters import Flag
from salesflow.work.models import Follow


class Followed(Flag):
    """Records that who asks follows, or all others; no word of the filter language, which rules speak without him."""

    is_word = False

    def where(self, value: bool) -> Q:
        type_ = self.parent.queryset.model._meta.label_lower
        mine = Q(pk__in=Follow.objects.of(self.parent.user, type_).values("subject_id"))
        return mine if value else ~mine
