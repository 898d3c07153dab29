"""Addresses for machines that watch over this one."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from salesflow.runtime.health import health
from salesflow.runtime.metrics import CONTENT_TYPE, exposition


@login_not_required
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when pages can be served (`ok` or `degraded`), 503 when not."""
    status, checks = health()
    return JsonResponse({"status": status, "checks": checks}, status=503 if status == "down" else 200)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus; with METRICS_TOKEN set (always in production) only for its bearer."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if (settings.PRODUCTION or token) and not (token and hmac.compare_digest(given, token)):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
