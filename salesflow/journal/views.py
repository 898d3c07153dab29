"""The inbox: what one was told, and the figure at the bell."""

from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from salesflow.journal.services import inbox, notice_line, notices_read, unread_count
from salesflow.lib.web.toasts import toast

_LARGEST = 2**63 - 1


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The inbox, the unread ones on top; to htmx the next part of it."""
    only_unread = request.GET.get("view") == "unread"
    page = inbox(user=request.user, only_unread=only_unread, before=_id(request.GET.get("before", "")))
    template = "journal/_notices.html" if request.headers.get("HX-Request") else "journal/notices.html"
    tabs = [
        {"label": _("All"), "url": "?", "active": not only_unread},
        {"label": _("Unread"), "url": "?view=unread", "active": only_unread},
    ]
    return render(request, template, {"page": page, "tabs": tabs, "only_unread": only_unread})


@login_not_required  # a script asks: it is told 401 and not sent to a page
@require_safe
def notice_count(request: HttpRequest) -> JsonResponse:
    """How many are unread, for the bell."""
    if not request.user.is_authenticated:
        return JsonResponse({"count": 0}, status=401)
    return JsonResponse({"count": unread_count(request.user)})


@login_required
@require_safe
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the record behind a notice; opening it is reading it."""
    line = notice_line(user=request.user, pk=min(pk, _LARGEST))
    if line is None:
        raise Http404
    if line.is_unread:
        notices_read(user=request.user, ids=[line.id])
    if not line.url:
        toast(request, _("There is no page for this, or it is no longer yours to see."), "info")
    return redirect(line.url or "notices")


@login_required
@require_POST
def notice_read(request: HttpRequest) -> HttpResponse:
    """Mark one notice (`id`) or all as read; to htmx the line as it is now."""
    pk = _id(request.POST.get("id", ""))
    if pk is None:
        count = notices_read(user=request.user)
        text = ngettext("%(n)s notice is marked as read.", "%(n)s notices are marked as read.", count)
        toast(request, text % {"n": count})
        return redirect("notices")
    notices_read(user=request.user, ids=[pk])
    if not request.headers.get("HX-Request"):
        return redirect("notices")
    line = notice_line(user=request.user, pk=pk)
    if line is None:
        raise Http404
    response = render(request, "journal/_notice.html", {"line": line})
    response["HX-Trigger"] = "notices"
    return response


def _id(text: str) -> int | None:
    """An id from the address, or nothing for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
