"""The search box: a page of its own, and the palette's list when htmx asks."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from salesflow.lib.recent import recent
from salesflow.lib.search_registry import LONGEST_QUERY, Group, Searched, search_all

IN_PALETTE, ON_PAGE = 6, 20


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Everything one may see that contains the words of `q`, the best of each kind; without any, what one saw last."""
    query = request.GET.get("q", "")[:LONGEST_QUERY].replace("\x00", "").strip()
    in_palette = bool(request.headers.get("HX-Request"))
    groups = [] if query else _seen_last(request.user)
    groups = groups or search_all(user=request.user, query=query, limit=IN_PALETTE if in_palette else ON_PAGE)
    template = "lib/_search_palette.html" if in_palette else "lib/search.html"
    return render(request, template, {"query": query, "groups": groups})


def _seen_last(user: Any) -> list[Group]:
    hits = recent(user)
    searched = Searched("recent", _("Recently viewed"), "history", find=lambda user, query, limit: [])
    return [Group(searched, hits)] if hits else []
