"""Lists over tables of any size: no full counts, and only orders that an index has."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

#: Rows a list counts and pages through; what lies behind is found by searching and filtering.
MOST = 10_000
#: The same of what was searched for: each of those rows is looked into.
MOST_FOUND = 1_000


class BoundedPaginator(Paginator):
    """Counts no further than `most` rows, whatever the table holds."""

    template_name = "admin/pages.html"
    is_search = False  # set by the page that was asked for something

    @property
    def most(self) -> int:
        return MOST_FOUND if self.is_search else MOST

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: self.most + 1].count()
        return len(rows)

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.most)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than were counted."""
        return self._counted > self.most


class SteadyList(ChangeList):
    """Keeps the page's own order where no column may be sorted by, also against a handwritten address."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # the theme would offer to show all beside every count it takes for a part
        self.full_result_count = self.result_count

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[str]:
        if self.sortable_by == ():
            return self._get_deterministic_ordering(list(self.model_admin.get_ordering(request)))
        return super().get_ordering(request, queryset)
