"""Pages' doors on handovers: who leaves, who gets what, what it comes to, and how far it is."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists.page import list_view
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.forms import people_to_hand_over
from salesflow.work.handover import handover_kinds
from salesflow.work.handover_forms import HandoverForm
from salesflow.work.lists import HandoverList
from salesflow.work.models import Handover, HandoverRow
from salesflow.work.services import handover_preview, handover_results, handover_start

SHOWN = 200


@login_required
def hand_overs(request: HttpRequest) -> HttpResponse:
    may_start = request.user.may("leads.assign")  # type: ignore[union-attr]
    return list_view(
        HandoverList(), request, template="work/hand_overs.html", context={"may_start": may_start}
    )


@login_required
def hand_over_new(request: HttpRequest) -> HttpResponse:
    """First whose records, then who gets them; what it comes to is shown before anything is moved."""
    by: Any = request.user
    require(by.may("leads.assign"))
    person = _person(request, by)
    if person is None:
        context = {"people": people_to_hand_over(by), "title": _("Hand over")}
        return render(request, "work/hand_over_person.html", context)
    require(policies.can_hand_over(by, person))
    form = HandoverForm(by, person, request.POST or None)
    parts, status = None, 200
    if request.method == "POST" and form.is_valid():
        try:
            if "start" in request.POST:
                return redirect(handover_start(person=person, by=by, **form.wanted()))
            wanted = {name: value for name, value in form.wanted().items() if name != "deactivate"}
            parts = handover_preview(person=person, by=by, **wanted)
        except ValidationError as error:
            form.faults(error)
        except Conflict as conflict:
            form.add_error(None, str(conflict.message))
            status = 409
    if form.errors and status == 200:
        status = 400
    counts = parts or handover_preview(person=person, by=by)
    context = {
        "form": form,
        "person": person,
        "parts": _shown(counts),
        "dealt": parts is not None,
        "title": _("Hand over"),
    }
    return render(request, "work/hand_over_new.html", context, status=status)


def _person(request: HttpRequest, by: User) -> User | None:
    given = request.GET.get("person", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Http404
    return get_object_or_404(User.objects.visible_to(by), pk=int(given))


def _shown(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The counts with the names of those who would get them."""
    names = User.objects.in_bulk({user for part in parts for user in part["to"]})
    return [
        {
            **part,
            "label": part["kind"].label,
            "to": [(names[user], number) for user, number in part["to"].items()],
        }
        for part in parts
    ]


@login_required
@require_GET
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a handover is and what came of it; the part that moves is asked for by htmx."""
    rows = Handover.objects.visible_to(request.user).select_related("person", "by")
    job = get_object_or_404(rows, pk=pk)
    labels = {kind.key: kind.label for kind in handover_kinds()}
    stayed = HandoverRow.objects.filter(handover=job).exclude(code="").order_by("pk")[:SHOWN]
    context = {
        "job": job, "results": handover_results(job), "moves": job.status in ("queued", "running"),
        "done": job.moved + job.refused, "stayed": [(labels.get(row.kind, row.kind), row) for row in stayed],
        "back": reverse("hand-overs"),
    }  # fmt: skip
    is_part = request.headers.get("HX-Target") == "hand-over"
    return render(request, "work/_hand_over.html" if is_part else "work/hand_over.html", context)
