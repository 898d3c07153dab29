"""Whom one may mention on a record, while one types."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salesflow.lib.subjects import visible_subject
from salesflow.work.services.mentions import people_to_mention


@login_required
@require_safe
def mention_people(request: HttpRequest) -> HttpResponse:
    """The options of the list under a text: people who fit `q`, for the record `on` (`leads.lead:12`)."""
    type_, _colon, id_ = request.GET.get("on", "").partition(":")
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        return HttpResponseBadRequest()
    try:
        subject = visible_subject(request.user, type_, int(id_))
    except ValidationError:
        raise Http404 from None
    query = request.GET.get("q", "")
    offered = people_to_mention(subject=subject, by=request.user, query=query)  # type: ignore[arg-type]
    return render(request, "work/_mention_options.html", {"offered": offered})
