"""One's own page of how one is told."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from salesflow.lib.web.forms import errors_to
from salesflow.outbox.forms import NoticeSettingsForm
from salesflow.outbox.services import mail_server
from salesflow.outbox.services.notices import notice_settings, notice_settings_change
from salesflow.people.models import User


@login_required
def notice_settings_page(request: HttpRequest) -> HttpResponse:
    """The wishes as they are; POST changes them."""
    user = request.user
    assert isinstance(user, User)
    form = NoticeSettingsForm(request.POST or None, user=user, settings=notice_settings(user))
    if request.method == "POST" and form.is_valid():
        try:
            notice_settings_change(by=user, **form.values())
        except ValidationError as error:
            errors_to(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("notice-settings")
    context = {"form": form, "has_mail": mail_server().is_set_up}
    return render(request, "outbox/notice_settings.html", context, status=400 if form.errors else 200)
