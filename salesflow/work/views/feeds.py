"""The address under which other calendars read one's own; and what they read there."""

import hashlib
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from salesflow.lib.web.toasts import toast
from salesflow.people.services import Throttled, throttle
from salesflow.work.models import CalendarFeed
from salesflow.work.services import feed_end, feed_make, feed_reader, feed_text

#: Reads of one calendar in an hour.
READS = 120


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("address")
def own_feed(request: HttpRequest) -> HttpResponse:
    """Whether there is an address, and a new one by POST; it stands on that answer alone."""
    address = ""
    if request.method == "POST":
        secret = feed_make(by=request.user)  # type: ignore[arg-type]
        address = request.build_absolute_uri(reverse("calendar-feed-read", args=[secret]))
    feed = CalendarFeed.objects.filter(user=request.user).first()  # type: ignore[misc]
    return render(request, "work/feed.html", {"feed": feed, "address": address})


@login_required
@require_POST
def feed_ended(request: HttpRequest) -> HttpResponse:
    feed_end(by=request.user)  # type: ignore[arg-type]
    toast(request, _("Nobody can read your calendar by the old address any more."))
    return redirect("calendar-feed")


@login_not_required
@require_safe
@sensitive_variables("token")
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever holds the secret; an ended one, and that of a blocked person, is not there."""
    user = feed_reader(token)
    if user is None:
        raise Http404
    try:
        throttle(f"feed:{user.pk}", limit=READS, window=timedelta(hours=1))
    except Throttled as limit:
        return HttpResponse(status=429, headers={"Retry-After": str(limit.retry_after)})
    text = feed_text(user=user, site=request.build_absolute_uri("/"))
    etag = quote_etag(hashlib.sha256(text).hexdigest())

    @condition(etag_func=lambda request: etag)
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(
            text,
            content_type="text/calendar; charset=utf-8",
            headers={
                "Content-Disposition": 'inline; filename="salesflow.ics"',
                "Cache-Control": "private, no-cache",
            },
        )

    return answer(request)
