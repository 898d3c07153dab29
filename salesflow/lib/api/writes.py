"""Carrying out a write: once per Idempotency-Key, against the version the caller saw, again after a deadlock."""

import hashlib
import json
import random
import re
import time
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from salesflow.lib.api.ports import KeptAnswer, idempotency
from salesflow.lib.api.problems import Stale, answer_exception, is_retryable
from salesflow.lib.errors import Conflict

ATTEMPTS = 3
_KEY = re.compile(r"^[\x21-\x7e]{1,200}$")
_ETAG = re.compile(r'^\s*(?:W/)?"([^"]*)"\s*$')
_KEPT_HEADERS = ("Location", "ETag")


def retried(act: Callable[[], Any]) -> Any:
    """The result of `act`, tried again whole after a deadlock or serialization failure, at most three times.

    Inside a transaction of the caller's it is tried once: what that holds would still stand in the way.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return act()
        except OperationalError as error:
            if attempt == ATTEMPTS or connection.in_atomic_block or not is_retryable(error):
                raise
            time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311
    raise AssertionError("unreachable")


def matching(request: Request, record: Model, act: Callable[[], Any]) -> Any:
    """Run `act` only if the record is at a version that `If-Match` names; raises Stale (412) otherwise.

    The version is read under a lock in the transaction of the deed, so that no edit slips in between. Of a record that
    counts no edits nobody can have seen one. A weak tag
    (`W/"3"`, as a compressing proxy makes of ours) names the version as well as a strong one.
    """
    wanted = _wanted_versions(request.headers.get("If-Match"))
    if wanted is None:
        return retried(act)
    if not hasattr(record, "version"):
        raise Stale(0)

    def guarded() -> Any:
        with transaction.atomic():
            kind = type(record)._base_manager
            version = kind.select_for_update().filter(pk=record.pk).values_list("version", flat=True).first()
            if version is None or str(version) not in wanted:
                raise Stale(version or 0)
            return act()

    return retried(guarded)


def etag(record: Any) -> str:
    return f'"{record.version}"'


def _wanted_versions(header: str | None) -> set[str] | None:
    if header is None or header.strip() == "*":
        return None
    found = [_ETAG.match(part) for part in header.split(",")]
    if not all(found):
        raise ValidationError({"If-Match": ValidationError(_("This is no entity tag."), code="invalid")})
    return {tag.group(1) for tag in found if tag}


def answered_once(request: Request, run: Callable[[], Response]) -> HttpResponse:
    """Run a POST at most once per user and `Idempotency-Key`; later ones get the first answer again.

    Kept are answers of deeds that took place (2xx) and of those the record's state refused (409). Input that could
    not be read and rights that were missing changed nothing and are told anew each time. The answer is stored in the
    transaction of the deed: there is never one without the other.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return run()
    if not _KEY.match(key):
        raise ValidationError(
            {"Idempotency-Key": ValidationError(_("1 to 200 printable ASCII characters."), code="invalid")}
        )
    store, fingerprint = idempotency(), _fingerprint(request)
    with transaction.atomic():
        earlier = store.claim(user=request.user, key=key, request_hash=fingerprint)
        if earlier is not None:
            return _replayed(earlier)
        response = _tried(run)
        if response.status_code < 300 or response.status_code == 409:
            store.keep(user=request.user, key=key, answer=_kept(response))
        else:
            transaction.set_rollback(True)
    return response


def _tried(run: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            return run()
    except Conflict as refusal:
        response = answer_exception(refusal, {})
        assert response is not None
        return response


def _kept(response: Response) -> KeptAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    headers["Content-Type"] = response.content_type or "application/json"
    data = getattr(response, "data", None)
    body = JSONRenderer().render(data).decode() if data is not None else ""
    return KeptAnswer(status=response.status_code, headers=headers, body=body)


def _replayed(answer: KeptAnswer) -> HttpResponse:
    return HttpResponse(
        answer.body, status=answer.status, headers={**answer.headers, "Idempotent-Replayed": "true"}
    )


def _fingerprint(request: Request) -> str:
    """The same for requests that ask for the same thing, however they are spelled (key order, part boundaries)."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not request.FILES:
        digest.update(json.dumps(_plain(request.data), sort_keys=True, default=str).encode())
        return digest.hexdigest()
    for name, values in sorted(request.data.lists()):
        for value in values:
            digest.update(f"\n{name}=".encode())
            if isinstance(value, UploadedFile):
                digest.update(str(value.name).encode())
                for chunk in value.chunks():
                    digest.update(chunk)
                value.seek(0)
            else:
                digest.update(str(value).encode())
    return digest.hexdigest()


def _plain(data: Any) -> Any:
    return dict(data.lists()) if hasattr(data, "lists") else data
