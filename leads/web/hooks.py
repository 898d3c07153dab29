"""The door of inbound webhooks: `/f/<token>/hook/`, for platforms that sign what they send."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leads.models import FormSubmission, LeadWebhook
from leads.services.webhooks import webhook_keys
from leads.web.messages import MOST_BYTES, message_take
from leads.web.signature import Forged, Signed, signature_check
from salesflow.clocks.services import database_now
from salesflow.people.services import Throttled, throttle

PER_ADDRESS, WINDOW = 600, timedelta(minutes=1)


@csrf_exempt
@require_POST
@login_not_required
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """One message; 202 once it is kept, the same answer again for the same `webhook-id`.

    A rejected one is kept too and would be rejected again, so it is answered in the same way, with the reason.
    """
    rows = LeadWebhook.objects.select_related("source", "campaign")
    hook = get_object_or_404(rows, token=token, is_active=True, archived_at=None)
    if request.content_type != "application/json":
        return _fault(415, "json_needed")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return _fault(413, "too_large")
    try:
        throttle(f"hook:{hook.pk}:{request.META.get('REMOTE_ADDR', '')}", limit=PER_ADDRESS, window=WINDOW)
        signed = Signed.of(request.headers)
        signature_check(signed, request.body, keys=webhook_keys(hook), now=database_now())
        kept = message_take(webhook=hook, message_id=signed.message_id, body=request.body)
    except Throttled as limit:
        answer = _fault(429, "throttled")
        answer.headers["Retry-After"] = str(limit.retry_after)
        return answer
    except Forged as forged:
        return _fault(401, forged.code)
    except ValidationError as error:
        return _fault(400, error.code or "invalid")
    if kept.result == FormSubmission.Result.REJECTED:
        return JsonResponse({"result": "rejected", "reason": kept.reason}, status=202)
    return JsonResponse({"result": "accepted"}, status=202)


def _fault(status: int, code: str) -> HttpResponse:
    return JsonResponse({"error": code}, status=status)
