"""Setting up the second step of one's own sign-in."""

import io

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from salesflow.people.forms import CodeForm, FirstCodeForm
from salesflow.people.models import User
from salesflow.people.services import Throttled, workspace
from salesflow.people.services.second_factor import (
    recovery_codes_left,
    recovery_codes_renew,
    second_factor_begin,
    second_factor_confirm,
    second_factor_held,
    second_factor_remove,
    second_factor_uri,
)
from salesflow.people.sessions import DUE
from salesflow.people.views.faults import slow_down, spread

PAGE = "people/second_factor.html"


def _person(request: HttpRequest) -> User:
    return User.objects.get(pk=request.user.pk)


@login_required
@never_cache
@sensitive_post_parameters("code")
@sensitive_variables("codes")
def second_factor(request: HttpRequest) -> HttpResponse:
    """The picture to scan and the first code; once set up, how many recovery codes are left."""
    user = _person(request)
    if second_factor_held(user):
        return render(request, PAGE, _held(user, CodeForm()))
    form = FirstCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor_confirm(user=user, code=form.cleaned_data["code"])
        except ValidationError as error:
            spread(form, error)
        except Throttled as limit:
            return slow_down(request, limit, PAGE, _setting_up(request, user, FirstCodeForm()))
        else:
            request.session.pop(DUE, None)
            return render(request, "people/recovery_codes.html", {"codes": codes})
    return render(request, PAGE, _setting_up(request, user, form), status=400 if form.errors else 200)


def _held(user: User, form: CodeForm) -> dict[str, object]:
    return {"held": True, "left": recovery_codes_left(user), "form": form}


def _setting_up(request: HttpRequest, user: User, form: FirstCodeForm) -> dict[str, object]:
    secret = second_factor_begin(user=user)
    spelled = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"form": form, "secret": spelled, "due": bool(request.session.get(DUE))}


@login_required
@never_cache
@require_GET
def second_factor_picture(request: HttpRequest) -> HttpResponse:
    """The QR code of the secret that is being set up; 409 once it is."""
    user = _person(request)
    uri = second_factor_uri(user=user, secret=second_factor_begin(user=user), issuer=workspace().name)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=5, light="white", xmldecl=False)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@login_required
@require_POST
@sensitive_post_parameters("code")
@sensitive_variables("codes")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    user, form = _person(request), CodeForm(request.POST)
    if form.is_valid():
        try:
            codes = recovery_codes_renew(user=user, code=form.cleaned_data["code"])
        except ValidationError as error:
            spread(form, error)
        else:
            return render(request, "people/recovery_codes.html", {"codes": codes})
    return render(request, PAGE, _held(user, form), status=400)


@login_required
@require_POST
@sensitive_post_parameters("code")
def second_factor_off(request: HttpRequest) -> HttpResponse:
    user, form = _person(request), CodeForm(request.POST)
    if form.is_valid():
        try:
            second_factor_remove(user=user, code=form.cleaned_data["code"])
        except ValidationError as error:
            spread(form, error)
        else:
            messages.success(request, _("Signing in asks for your password alone."))
            return redirect("profile")
    return render(request, PAGE, _held(user, form), status=400)
