"""Where one is signed in, and ending it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from salesflow.people.devices import device_said
from salesflow.people.models import User
from salesflow.people.services.sessions import session_end, sessions_end, sessions_of
from salesflow.people.views.faults import chosen

#: More are not shown; "all others" ends them too.
MOST = 50


@login_required
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    found = [
        {
            "row": row,
            "device": device_said(row.agent),
            "is_this": row.session_id == request.session.session_key,
        }
        for row in sessions_of(user)[:MOST]
    ]
    return render(request, "people/sessions.html", {"sessions": found})


@login_required
@require_POST
def session_ended(request: HttpRequest) -> HttpResponse:
    session_end(session_id=chosen(request), by=User.objects.get(pk=request.user.pk))
    messages.success(request, _("That browser is signed out."))
    return redirect("sessions")


@login_required
@require_POST
def sessions_ended(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    sessions_end(user=user, by=user, keep=request.session.session_key or "")
    messages.success(request, _("All other browsers are signed out."))
    return redirect("sessions")
