"""Following a record from its page, and the list of what one follows."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from salesflow.lib.lists.page import list_view
from salesflow.lib.subjects import seen_subject, subject_of, type_of
from salesflow.lib.web.toasts import toast
from salesflow.work.follow_lists import FollowList
from salesflow.work.services import record_follow, record_unfollow


@login_required
def following(request: HttpRequest) -> HttpResponse:
    """The records one follows, those followed last first."""
    return list_view(FollowList(), request)


@login_required
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow the record named by `subject_type` and `subject_id`, and go back there."""
    return _done(request, record_follow, _("You are told what happens here."))


@login_required
@require_POST
def unfollow(request: HttpRequest) -> HttpResponse:
    return _done(request, record_unfollow, _("You are not told of this any more."))


def _done(request: HttpRequest, act: Callable[..., None], words: str) -> HttpResponse:
    type_, id_ = request.POST.get("subject_type", ""), request.POST.get("subject_id", "")
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        raise Http404
    try:
        subject: Any = seen_subject(request.user, type_, int(id_))
        act(subject=subject, by=request.user)
    except ValidationError:  # no kind of record that is followed
        raise Http404 from None
    toast(request, words)
    return redirect(subject_of(type_of(subject)).url(subject.pk))
