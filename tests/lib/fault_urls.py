"""Views that fail in each known way, for the tests of how pages tell it."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from salesflow.lib.errors import Conflict
from salesflow.lib.web.errors import too_many
from salesflow.lib.web.toasts import toast
from salesflow.people.models import Workspace
from salesflow.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def conflict(request: HttpRequest) -> HttpResponse:
    raise Conflict("already_claimed", "Another rep took this lead first.")


def refused(request: HttpRequest) -> HttpResponse:
    raise ValidationError("Choose at least one row.")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Managers only.")


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


def fault(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


def throttled(request: HttpRequest) -> HttpResponse:
    return too_many(request, retry_after=30)


def locked(request: HttpRequest) -> HttpResponse:
    """Waits for a row that somebody else holds, a tenth of a second at most."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
    return HttpResponse(Workspace.objects.select_for_update().get(pk=1).name)


def told(request: HttpRequest) -> HttpResponse:
    toast(request, "Released.", undo="/take-back/")
    return HttpResponse("a part of a page", headers={"HX-Trigger": "refresh"})


urlpatterns = [
    *urlpatterns,
    path("conflict/", login_not_required(conflict)),
    path("refused/", login_not_required(refused)),
    path("forbidden/", login_not_required(forbidden)),
    path("missing/", login_not_required(missing)),
    path("suspicious/", login_not_required(suspicious)),
    path("fault/", login_not_required(fault)),
    path("throttled/", login_not_required(throttled)),
    path("locked/", login_not_required(locked)),
    path("told/", login_not_required(told)),
]
