"""How the rules give out leads: what each gave to whom, and where leads that wait would go now."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.forms import TryRulesForm
from leads.models import Pool
from leads.services import leads_assignment_preview
from leads.services.ledger import assignment_ledger
from leads.tried import tried_rows
from salesflow.clocks.services import database_now
from salesflow.lib.errors import require
from salesflow.people.models import User

PERIODS = (7, 30, 90)


@login_required
@require_safe
def assignment_page(request: HttpRequest) -> HttpResponse:
    """The ledger over the last days; with `pool` also a trial on leads that wait there, of which nothing is written."""
    user: User = request.user  # type: ignore[assignment]
    require(user.may("assignment.view") and user.may("leads.assign"))
    given = request.GET.get("days", "")
    days = int(given) if given in map(str, PERIODS) else 30
    until = database_now()
    ledger = assignment_ledger(by=user, since=until - timedelta(days=days), until=until)
    form = TryRulesForm(user, request.GET if "pool" in request.GET else None)
    rows = None
    if form.is_bound and form.is_valid():
        pool: Pool = form.cleaned_data["pool"]
        rows = tried_rows(leads_assignment_preview(by=user, pool=pool, limit=form.cleaned_data["number"]))
    context = {
        "ledger": [each for each in ledger if each.lines], "days": days, "form": form, "rows": rows,
        "periods": [(number, number == days) for number in PERIODS],
    }  # fmt: skip
    return render(request, "leads/assignment.html", context)
