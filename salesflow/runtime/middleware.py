"""Outermost doors: who asks when a proxy stands between, and an id for the request, its log lines and its events."""

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from salesflow.journal.services.record import request_id
from salesflow.runtime.logs import without_secrets

log = logging.getLogger("salesflow.request")
HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class ProxyMiddleware:
    """Behind a trusted proxy the visitor's address is the last one of X-Forwarded-For, which that proxy wrote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.TRUST_PROXY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        with suppress(ValueError):
            request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(last))
        return self.get_response(request)


class RequestIdMiddleware:
    """An id given by a trusted proxy is kept, any other is replaced by ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        rid = _id_of(request)
        request.request_id = rid  # type: ignore[attr-defined]
        token = request_id.set(rid)
        began = time.monotonic()
        try:
            with structlog.contextvars.bound_contextvars(request_id=rid):
                response = self.get_response(request)
                milliseconds = round((time.monotonic() - began) * 1000, 1)
                # without the query, which may name people
                path = without_secrets(request, request.path)
                log.info("%s %s %s %s ms", request.method, path, response.status_code, milliseconds)
        finally:
            request_id.reset(token)
        response.headers[HEADER] = rid
        return response


def _id_of(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "") if settings.TRUST_PROXY else ""
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
