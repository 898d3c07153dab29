"""Signing in and out, the second step, setting up."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from salesflow.lib.errors import Conflict
from salesflow.people import provider
from salesflow.people.forms import CodeForm, SetUpForm, SignInForm
from salesflow.people.models import User
from salesflow.people.services import Throttled, administrator_exists, setup_complete, throttle
from salesflow.people.services.mail import mail_ready
from salesflow.people.services.second_factor import second_factor_check, second_factor_held
from salesflow.people.services.sign_in import sign_in_attempt
from salesflow.people.services.throttle import WINDOW
from salesflow.people.sessions import address_of, begin, half_way, waiting, wanted_page
from salesflow.people.views.faults import slow_down, spread


def _company() -> str:
    """What the way to the company's identity provider is called; nothing where there is none."""
    return settings.OIDC_NAME if provider.is_there() else ""


def _sign_in_context(request: HttpRequest, form: SignInForm) -> dict[str, object]:
    demo = User.objects.active().filter(is_demo=True).order_by("pk").values_list("email", flat=True)
    reset_url = reverse("password-forgotten") if mail_ready() else ""
    return {"form": form, "next": wanted_page(request), "demo_users": list(demo), "company": _company(),
            "password_reset_url": reset_url}  # fmt: skip


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(wanted_page(request))
    if not administrator_exists():
        return redirect("set-up")
    form = SignInForm(request, request.POST or None)
    status = 200
    if request.method == "POST":
        try:
            sign_in_attempt(email=request.POST.get("email", "")[:254], address=address_of(request))
        except Throttled as limit:
            context = _sign_in_context(request, SignInForm(request))
            return slow_down(request, limit, "people/sign_in.html", context)
        if form.is_valid() and form.user is not None:
            return _let_in(request, form.user, wanted_page(request))
        status = 400
    return render(request, "people/sign_in.html", _sign_in_context(request, form), status=status)


def _let_in(request: HttpRequest, user: User, page: str) -> HttpResponse:
    """Signed in, or asked for a code first where a second step is set up."""
    if second_factor_held(user):
        half_way(request, user, page)
        return redirect("second-step")
    begin(request, user)
    return redirect(page)


@login_not_required
@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    """The code after the password; whoever waits longer than ten minutes begins anew."""
    if request.user.is_authenticated:
        return redirect("home")
    found = waiting(request)
    if found is None:
        return redirect("sign-in")
    user, page = found
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor_check(user=user, code=form.cleaned_data["code"])
        except ValidationError as error:
            spread(form, error)
        except Throttled as limit:
            return slow_down(request, limit, "people/second_step.html", {"form": CodeForm()})
        else:
            begin(request, user)
            return redirect(page)
    return render(request, "people/second_step.html", {"form": form}, status=400 if form.errors else 200)


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
            spread(form, error)
        except Conflict as conflict:
            messages.error(request, str(conflict.message))
            return redirect("sign-in")
        else:
            begin(request, user)
            return redirect("home")
    return render(request, "people/set_up.html", {"form": form}, status=400 if form.errors else 200)
