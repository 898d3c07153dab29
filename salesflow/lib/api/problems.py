"""Every refusal as an RFC 9457 problem document: `type, title, status, detail, code`, for input also `errors`."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core import exceptions as django_errors
from django.db import DataError, Error, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf_errors
from rest_framework.response import Response

from salesflow.lib.errors import Conflict

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPE = "urn:salesflow:problem:"
#: PostgreSQL: serialization failure and deadlock; both are over when the whole transaction is tried again.
RETRYABLE = ("40001", "40P01")
_LOCK_TIMEOUT, _STATEMENT_TIMEOUT = "55P03", "57014"
_CODE = re.compile(r"[^a-z0-9_]+")


class Stale(drf_errors.APIException):
    """The record changed since the caller read it; his `If-Match` names another version."""

    status_code = 412
    default_code = "stale"

    def __init__(self, version: int) -> None:
        super().__init__(_("The record was changed meanwhile; it is at version %d.") % version)
        self.extra = {"version": version}


class Moved(drf_errors.APIException):
    """The record has become part of another one; `location` is the same request's address there."""

    status_code = 308
    default_code = "merged"

    def __init__(self, location: str, into: int) -> None:
        super().__init__(_("This record was merged into another."))
        self.location = location
        self.extra = {"merged_into": into}


class TooLarge(drf_errors.APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(_("The body is larger than %d bytes.") % limit)


class KeyReused(drf_errors.APIException):
    """An Idempotency-Key that was used for another request before."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key belongs to another request."


def problem(
    status: int,
    code: str,
    detail: Any = "",
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """A problem document as an answer; `extra` members stand beside the standard ones."""
    body = {
        **(extra or {}),
        "type": TYPE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": force_str(detail) or HTTPStatus(status).description,
        "code": code,
    }
    if errors is not None:
        body["errors"] = errors
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


def answer_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """What each kind of exception tells the caller; anything unknown is a bug and stays one."""
    for kind, tell in _TELL:
        if isinstance(exc, kind):
            return tell(exc)
    return None


def _tell_conflict(exc: Conflict) -> Response:
    retry_after = getattr(exc, "retry_after", None)
    if retry_after is not None:
        return problem(429, exc.code, exc.message, headers={"Retry-After": str(retry_after)})
    return problem(409, exc.code, exc.message, extra=exc.extra)


def _tell_invalid(exc: django_errors.ValidationError) -> Response:
    return _invalid(list(faults_of(exc)))


def _tell_drf_invalid(exc: drf_errors.ValidationError) -> Response:
    return _invalid(list(_drf_errors(exc.detail)))


def _invalid(errors: list[dict[str, str]]) -> Response:
    first = errors[0]["message"] if errors else ""
    return problem(400, "invalid", first, errors=errors)


def _tell_api(exc: drf_errors.APIException) -> Response:
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(exc.wait))
    if getattr(exc, "location", None):
        headers["Location"] = exc.location
    code = exc.get_codes() if isinstance(exc.detail, str) else exc.default_code
    return problem(exc.status_code, str(code), exc.detail, headers=headers, extra=getattr(exc, "extra", None))


def _tell_too_large(exc: Exception) -> Response:
    return problem(413, "too_large", _("The body is too large."))


def _tell_integrity(exc: IntegrityError) -> Response:
    """A constraint held where no rule spoke first: a lost race, or an input no rule foresaw."""
    code, name = _pgcode(exc), getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") or ""
    log.warning("constraint %s refused a request", name, exc_info=exc)
    if code in ("23514", "23502"):
        return problem(400, "invalid", _("A value does not fit the others."), extra={"constraint": name})
    taken = code in ("23505", "23P01")
    words = _("There is one already.") if taken else _("A record this needs is gone, or is still needed.")
    return problem(409, "already_exists" if taken else "still_in_use", words, extra={"constraint": name})


def _tell_data(exc: DataError) -> Response:
    return problem(400, "invalid", _("A value is out of range or not readable."))


def _tell_operational(exc: Exception) -> Response:
    code = _pgcode(exc)
    if code == _LOCK_TIMEOUT or code in RETRYABLE:
        return problem(
            409, "busy", _("Somebody else holds this record; try again."), headers={"Retry-After": "1"}
        )
    detail = (
        _("This took too long.") if code == _STATEMENT_TIMEOUT else _("The database is away for the moment.")
    )
    log.error("the database refused: %s", exc)
    return problem(503, "unavailable", detail, headers={"Retry-After": "3"})


def _pgcode(exc: BaseException) -> str:
    return getattr(exc.__cause__, "pgcode", None) or ""


def is_retryable(exc: Error) -> bool:
    return _pgcode(exc) in RETRYABLE


def faults_of(exc: django_errors.ValidationError) -> Iterator[dict[str, str]]:
    """Each fault of an input with its field, as `errors` shows them; the field is empty when it is the whole."""
    if hasattr(exc, "error_dict"):
        for field, errors in exc.error_dict.items():
            for error in errors:
                yield from _leaf("" if field == django_errors.NON_FIELD_ERRORS else field, error)
    else:
        yield from _leaf("", exc)


def _leaf(field: str, error: django_errors.ValidationError) -> Iterator[dict[str, str]]:
    for single in error.error_list:
        for message in single.messages:
            yield {"field": field, "code": _code(single.code), "message": message}


def _drf_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _drf_errors(inner, ".".join(part for part in (path, step) if part))
    elif isinstance(detail, list):
        nested = any(isinstance(inner, dict | list) for inner in detail)
        for place, inner in enumerate(detail):
            yield from _drf_errors(inner, f"{path}.{place}".strip(".") if nested else path)
    else:
        yield {"field": path, "code": _code(getattr(detail, "code", None)), "message": force_str(detail)}


def _code(code: str | None) -> str:
    return _CODE.sub("_", code or "invalid")


_TELL: list[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], Response]]] = [
    (Conflict, _tell_conflict),
    (drf_errors.ValidationError, _tell_drf_invalid),
    (drf_errors.APIException, _tell_api),
    (django_errors.ValidationError, _tell_invalid),
    (django_errors.PermissionDenied, lambda exc: problem(403, "permission_denied", exc)),
    (Http404, lambda exc: problem(404, "not_found", _("This is not here, or you may not see it."))),
    (django_errors.RequestDataTooBig, _tell_too_large),
    (
        django_errors.SuspiciousOperation,
        lambda exc: problem(400, "bad_request", _("The request is not readable.")),
    ),
    (
        (MultiPartParserError, UnreadablePostError),
        lambda exc: problem(400, "parse_error", _("The body is not readable.")),
    ),
    (IntegrityError, _tell_integrity),
    (DataError, _tell_data),
    ((OperationalError, InterfaceError), _tell_operational),
]
