"""Signing in and out, setting up, one's own profile."""

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required, login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from salesflow.lib.errors import Conflict
from salesflow.people.forms import PasswordForm, ProfileForm, SetUpForm, SignInForm
from salesflow.people.models import User
from salesflow.people.services import Throttled, administrator_exists, setup_complete, throttle, user_change
from salesflow.people.services.sign_in import WINDOW, password_change, sign_in_attempt

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def address_of(request: HttpRequest) -> str:
    """The peer's address; a proxy in front is trusted only as far as the server is told to (see operations)."""
    return request.META.get("REMOTE_ADDR", "")


def _wanted_page(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url("home")


def _sign_in_context(request: HttpRequest, form: SignInForm) -> dict[str, object]:
    demo = User.objects.active().filter(is_demo=True).order_by("pk").values_list("email", flat=True)
    return {"form": form, "next": _wanted_page(request), "demo_users": list(demo)}


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(_wanted_page(request))
    if not administrator_exists():
        return redirect("set-up")
    form = SignInForm(request, request.POST or None)
    status = 200
    if request.method == "POST":
        try:
            sign_in_attempt(email=request.POST.get("email", "")[:254], address=address_of(request))
        except Throttled as limit:
            form = SignInForm(request)
            messages.error(request, str(limit.message))
            response = render(request, "people/sign_in.html", _sign_in_context(request, form), status=429)
            response["Retry-After"] = str(limit.retry_after)
            return response
        if form.is_valid() and form.user is not None:
            login(request, form.user, backend=MODEL_BACKEND)
            return redirect(_wanted_page(request))
        status = 400
    return render(request, "people/sign_in.html", _sign_in_context(request, form), status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@login_not_required
@never_cache
@sensitive_post_parameters("password", "code")
def set_up(request: HttpRequest) -> HttpResponse:
    """The first start's page: makes the administrator once, then is gone."""
    if administrator_exists():
        return redirect("sign-in")
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            throttle(f"set-up:{address_of(request)}", limit=20, window=WINDOW)
            user = setup_complete(**form.cleaned_data)
        except ValidationError as error:
            _spread(form, error)
        except Conflict as conflict:
            messages.error(request, str(conflict.message))
            return redirect("sign-in")
        else:
            login(request, user, backend=MODEL_BACKEND)
            return redirect("home")
    return render(request, "people/set_up.html", {"form": form}, status=400 if form.errors else 200)


def _spread(form: SetUpForm | PasswordForm | ProfileForm, error: ValidationError) -> None:
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user_change(user=user, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            _spread(form, error)
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
            password_change(user=user, **form.cleaned_data)
        except ValidationError as error:
            _spread(form, error)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed."))
            return redirect("profile")
    context = {"form": ProfileForm(user=user), "password_form": form}
    return render(request, "people/profile.html", context, status=400)
