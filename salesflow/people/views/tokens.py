"""One's own keys for other systems."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from salesflow.people.forms import TokenForm
from salesflow.people.models import ApiToken, User
from salesflow.people.services import token_issue, token_revoke
from salesflow.people.views.faults import chosen, spread

#: More are not shown: the latest, and nobody keeps so many in use.
MOST = 100


@login_required
@never_cache
@sensitive_variables("secret")
def tokens(request: HttpRequest) -> HttpResponse:
    """Those in use, and a form for another one; its secret stands on the answer alone."""
    user, secret = User.objects.get(pk=request.user.pk), ""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _token, secret = token_issue(user=user, by=user, **form.cleaned_data)
            form = TokenForm()
        except ValidationError as error:
            spread(form, error)
    live = ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())
    context = {"tokens": live.order_by("-pk")[:MOST], "form": form, "secret": secret}
    return render(request, "people/tokens.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def token_ended(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    token = ApiToken.objects.filter(pk=chosen(request), user=user).first()
    if token is None:
        raise ValidationError(_("This one is gone already."))
    token_revoke(token=token, by=user)
    messages.success(request, _("The token is revoked."))
    return redirect("own-tokens")
