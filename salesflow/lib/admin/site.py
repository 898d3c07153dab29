"""The site of the admin: for administrators, with the checklist as its first page."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from salesflow.lib.admin.checklist import standings
from salesflow.lib.admin.places import sidebar, single_addresses
from salesflow.lib.web import ports

#: Apps whose own pages are left out: rights come with roles, not with groups, and the scheduler writes its table anew
#: from the code at every start, so that nothing one changed there would last.
LEFT_OUT = {"auth", "django_celery_beat"}


class AdminSite(UnfoldAdminSite):
    """Strangers are sent to the sign-in by the middleware; people who are no administrators are told so."""

    index_title = gettext_lazy("Set-up")
    index_template = "admin/checklist.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        shown = [model for model in models if model._meta.app_label not in LEFT_OUT]
        super().register(shown, admin_class, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        guarded = super().admin_view(view, cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(_("Only administrators come in here."))
            return guarded(request, *args, **kwargs)

        return update_wrapper(door, guarded)

    def get_urls(self) -> list[Any]:
        return [*single_addresses(self.admin_view), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        steps = standings()
        done = sum(each.found.state == "done" for each in steps)
        return super().index(request, {"steps": steps, "done": done, **(extra_context or {})})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Pages stand together by what they are for, not by app: the sidebar is the only overview."""
        return HttpResponseRedirect(reverse("admin:index"))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What Ctrl K finds: pages of the sidebar by their name or their group."""
        words = request.GET.get("s", "").strip().lower()
        found = [
            each for each in _pages(request) if words and words in f"{each.title} {each.description}".lower()
        ]
        one = Paginator(found, max(1, len(found)))
        context = {"page_obj": one, "results": one.page(1), "page_counter": 0, "execution_time": 0}
        return TemplateResponse(request, "unfold/helpers/command_results.html", context)


def _pages(request: HttpRequest) -> list[SearchResult]:
    return [
        SearchResult(
            title=item["title"], description=str(group.get("title", "")), link=item["link"], icon=item["icon"]
        )
        for group in sidebar(request)
        for item in group["items"]
    ]


def title(request: HttpRequest) -> str:
    """The name of the company heads the admin."""
    return ports.workspace().name


def theme(request: HttpRequest) -> str:
    """The reader's choice of light or dark; nothing follows the system."""
    chosen = getattr(request, "theme", "")
    return chosen if chosen in ("light", "dark") else ""
