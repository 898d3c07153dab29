"""The page of a form, for whoever has its address: no cookie, no script, framed by allowed sites only."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leads.models import WebForm
from leads.web.json_form import MOST_BYTES, before_posting, is_json, json_taken
from leads.web.known import CUSTOM, question_label
from leads.web.submit import TRAP, Sent, Unsure, form_submit, page_of, ticket_of
from salesflow.lib.lists.ports import CustomWord
from salesflow.people.services import Throttled
from salesflow.work.services.custom_fields import custom_declared

_TYPES = {"email": "email", "phone": "tel", "mobile": "tel"}
_KINDS = {"date": "date", "link": "url"}
_FILL = {
    "contact_name": "name", "company_name": "organization", "title": "organization-title", "email": "email",
    "phone": "tel", "mobile": "tel", "website": "url", "country": "country-name", "region": "address-level1",
    "city": "address-level2",
}  # fmt: skip
Page = Callable[[HttpRequest, WebForm], HttpResponse]


def _public(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Open to strangers while the form is active, in its language, under its own content policy."""

    @wraps(page)
    def shown(request: HttpRequest, token: str) -> HttpResponse:
        form = get_object_or_404(
            WebForm.objects.select_related("source", "campaign"),
            token=token,
            is_active=True,
            archived_at=None,
        )
        with translation.override(form.language):
            response = page(request, form)
        response.headers["Content-Security-Policy"] = policy_of(form)
        response.headers["Content-Language"] = form.language
        return response

    return login_not_required(xframe_options_exempt(shown))


def policy_of(form: WebForm) -> str:
    """Our own style and nothing else; a form's redirect counts as a place it sends to."""
    after = urlsplit(form.redirect_url)
    sends = f" {after.scheme}://{after.netloc}" if form.redirect_url else ""
    frames = " ".join(form.allowed_origins) or "'none'"
    return f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'{sends}; frame-ancestors {frames}"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
@_public
def web_form(request: HttpRequest, form: WebForm) -> HttpResponse:
    """The form; it may be posted to from elsewhere too, so a signed ticket or an allowed site vouches for it.

    A script of an allowed site may post it as JSON.
    """
    if request.method == "OPTIONS":
        return before_posting(request, form)
    if is_json(request):
        return json_taken(request, form)
    if request.method != "POST":
        return _shown(request, form, page_url=page_of(request.headers.get("Referer", ""))[0])
    if _length(request) > MOST_BYTES:
        return _shown(request, form, status=413, fault=_("This is too long to be sent."))
    posted = request.POST
    page_url, utm = page_of(posted.get("page_url", ""))
    sent = Sent(
        values={item["name"]: _answer(posted, item["name"]) for item in form.fields},
        ticket=posted.get("ticket", ""),
        origin=request.headers.get("Origin", ""),
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
        consented=bool(posted.get("consent")),
        trapped=bool(posted.get(TRAP)),
        page_url=page_url,
        visitor=posted.get("visitor", ""),
        utm=utm,
    )
    try:
        form_submit(form=form, sent=sent)
    except ValidationError as error:
        faults = {name: messages[0] for name, messages in error.message_dict.items()}
        return _shown(request, form, sent=sent, status=400, faults=faults, ticket=sent.ticket)
    except Unsure:
        fault = _("Please look at what you wrote and send it once more.")
        return _shown(request, form, sent=sent, status=400, fault=fault)
    except Throttled as limit:
        response = _shown(request, form, sent=sent, status=429, fault=str(limit.message))
        response.headers["Retry-After"] = str(limit.retry_after)
        return response
    answer = HttpResponseRedirect(form.redirect_url or reverse("leads:web-form-thanks", args=[form.token]))
    answer.status_code = 303
    return answer


@require_safe
@_public
def web_form_thanks(request: HttpRequest, form: WebForm) -> HttpResponse:
    return render(request, "leads/web/thanks.html", {"form": form})


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else MOST_BYTES + 1


def _shown(
    request: HttpRequest,
    form: WebForm,
    *,
    sent: Sent | None = None,
    status: int = 200,
    fault: str = "",
    faults: dict[str, str] | None = None,
    ticket: str = "",
    page_url: str = "",
) -> HttpResponse:
    """The form with what was typed and what is wrong with it; a fault of no shown field stands above."""
    faults = faults or {}
    names = [item["name"] for item in form.fields]
    above = [fault, *(text for name, text in faults.items() if name not in (*names, "consent"))]
    context = {
        "form": form,
        "questions": [_question(item, sent, faults) for item in form.fields],
        "fault": " ".join(filter(None, above)),
        "consent_fault": faults.get("consent", ""),
        "consented": sent is not None and sent.consented,
        "ticket": ticket or ticket_of(form),
        "page_url": sent.page_url if sent else page_url,
        "visitor": (sent.visitor if sent else request.GET.get("visitor", ""))[:32],
        "trap": TRAP,
    }
    return render(request, "leads/web/form.html", context, status=status)


def _question(item: dict[str, Any], sent: Sent | None, faults: dict[str, str]) -> dict[str, Any]:
    name = item["name"]
    label = item.get("label") or capfirst(question_label(name))
    word = custom_declared("leads").get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
    return {
        "name": name,
        "label": label,
        "required": item.get("required", False) or (word is not None and word.required),
        "type": _TYPES.get(name, _KINDS.get(word.kind, "text") if word else "text"),
        "id": name.replace(".", "-"),
        "options": _options(word) if word else [],
        "several": word is not None and word.kind == "multi_choice",
        "help": word.help if word else "",
        "chosen": sent.values.get(name, "").split("\n") if sent else [],
        "fill": _FILL.get(name, "off"),
        "value": sent.values.get(name, "") if sent else "",
        "fault": faults.get(name, ""),
    }


def _answer(posted: QueryDict, name: str) -> str:
    """What was written; of several choices one in a line."""
    return "\n".join(posted.getlist(name)) if name.startswith(CUSTOM) else posted.get(name, "")


def _options(word: CustomWord) -> list[tuple[str, str]]:
    if word.kind == "boolean":
        return [("true", _("Yes")), ("false", _("No"))]
    chosen = word.choices if word.kind in ("choice", "multi_choice") else ()
    return [(choice, word.choice_said(choice)) for choice in chosen]
