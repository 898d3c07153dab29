"""Forgotten passwords: asking for a link, and choosing a new one by it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from salesflow.lib.web.forms import errors_to
from salesflow.people.forms import ForgottenForm, NewPasswordForm
from salesflow.people.services import Throttled
from salesflow.people.services.forgotten import password_forgotten, password_reset, reset_owner
from salesflow.people.services.mail import mail_ready


@login_not_required
@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    if not mail_ready():
        raise Http404
    form, status, wait = ForgottenForm(request.POST or None), 200, 0
    context = {"title": _("Forgotten your password?"), "back": reverse("sign-in"), "form": form}
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                password_forgotten(
                    email=form.cleaned_data["email"], address=request.META.get("REMOTE_ADDR", "")
                )
            except Throttled as limit:
                messages.error(request, str(limit.message))
                status, wait = 429, limit.retry_after
            else:
                status = 200
                context |= {
                    "form": None,
                    "text": _(
                        "If somebody signs in with this address, a mail with a link is on its way to it."
                    ),
                }
    response = render(request, "people/plain_form.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("new")
def new_password(request: HttpRequest, who: str, proof: str) -> HttpResponse:
    if reset_owner(who=who, proof=proof) is None:
        return _used_up(request)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            password_reset(who=who, proof=proof, new=form.cleaned_data["new"])
        except ValidationError as error:
            errors_to(form, error)
        else:
            messages.success(request, _("Your password is changed. Sign in with it."))
            return redirect("sign-in")
    context = {"title": _("Choose a new password"), "form": form, "back": reverse("sign-in")}
    return render(request, "people/plain_form.html", context, status=400 if form.errors else 200)


def _used_up(request: HttpRequest) -> HttpResponse:
    context = {
        "title": _("Choose a new password"),
        "text": _("This link is used up or too old. Ask for a new one."),
        "back": reverse("password-forgotten"),
        "back_label": _("Ask for a new link"),
    }
    return render(request, "people/plain_form.html", context, status=400)
