"""Each request gets an id, which its answer, its log lines and its journal events carry."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from salesflow.journal.services.record import request_id

log = logging.getLogger("salesflow.request")
HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """First of all middleware. An id given by a trusted proxy is kept, any other is replaced by ours."""

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
                log.info("%s %s %s %s ms", request.method, request.path, response.status_code, milliseconds)
        finally:
            request_id.reset(token)
        response.headers[HEADER] = rid
        return response


def _id_of(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "") if settings.TRUST_PROXY else ""
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
