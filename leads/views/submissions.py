"""What came by web forms and inbound webhooks: rejected messages taken up again."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from leads import policies
from leads.models import FormSubmission
from leads.web.messages import message_retry
from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists.page import picked_ids
from salesflow.lib.web.toasts import toast
from salesflow.work.views.back import way_back

#: Each is entered by itself, while the page waits.
MOST = 50


@login_required
@require_POST
def submissions_retry(request: HttpRequest) -> HttpResponse:
    """Take up the chosen ones again, each by itself; those that were not rejected are left alone."""
    user = request.user
    require(policies.can_manage_web_forms(user))  # type: ignore[arg-type]
    rows = FormSubmission.objects.visible_to(user).filter(pk__in=picked_ids(request, most=MOST))  # type: ignore[arg-type]
    taken = left = 0
    for sent in rows.order_by("pk"):
        try:
            result = message_retry(submission=sent, by=user).result  # type: ignore[arg-type]
        except Conflict:
            continue
        rejected = result == FormSubmission.Result.REJECTED
        taken, left = taken + (not rejected), left + rejected
    if taken:
        toast(
            request,
            ngettext("%(n)s message was taken up.", "%(n)s messages were taken up.", taken) % {"n": taken},
        )
    if left or not taken:
        text = ngettext("%(n)s message still makes no lead.", "%(n)s messages still make no lead.", left)
        toast(request, text % {"n": left}, "warning")
    return redirect(way_back(request, reverse("leads:submissions")))
