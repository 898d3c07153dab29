"""One's own page: profile and password."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from salesflow.people.forms import PasswordForm, ProfileForm
from salesflow.people.models import User
from salesflow.people.services import throttle, user_change
from salesflow.people.services.sign_in import password_change
from salesflow.people.services.throttle import WINDOW
from salesflow.people.sessions import go_on
from salesflow.people.views.faults import spread


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user_change(user=user, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            spread(form, error)
        else:
            messages.success(request, _("Your profile is saved."))
            response = redirect("profile")
            response.set_cookie("theme", form.cleaned_data["theme"], max_age=31_536_000, samesite="Lax")
            return response
    context = {"form": form, "password_form": PasswordForm()}
    return render(request, "people/profile.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
@sensitive_post_parameters("old", "new")
def change_password(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            throttle(f"password:{user.pk}", limit=10, window=WINDOW)
            key = request.session.session_key or ""
            password_change(user=user, keep=key, **form.cleaned_data)
        except ValidationError as error:
            spread(form, error)
        else:
            go_on(request, user)
            messages.success(request, _("Your password is changed."))
            return redirect("profile")
    context = {"form": ProfileForm(user=user), "password_form": form}
    return render(request, "people/profile.html", context, status=400)
