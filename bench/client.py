"""Asking the running instance as people and programs do: one kept connection each."""

import http.client
import json
import time
from typing import Any

from bench.instance import Instance

#: Shorter than the server keeps a line open.
KEPT_SECONDS = 2.0


class Client:
    """A person's connection: with a token for the API, with a session for the pages."""

    def __init__(self, instance: Instance, user: Any, *, page: bool = False) -> None:
        self.line = http.client.HTTPConnection(instance.netloc, timeout=60)
        self.asked = 0.0
        self.headers = {"Cookie": _session(user)} if page else {"Authorization": f"Bearer {_token(user)}"}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        headers, data = dict(self.headers), None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        return self._asked(method, path, data, headers)

    def _asked(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if time.monotonic() - self.asked > KEPT_SECONDS:  # the server has let go of an idle line by now
            self.line.close()
        self.asked = time.monotonic()
        self.line.request(method, path, body=data, headers=headers)
        answer = self.line.getresponse()
        return answer.status, answer.read()

    def get(self, path: str) -> bytes:
        status, body = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {body[:300]!r}")
        return body

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def post(self, path: str, body: Any) -> Any:
        status, answer = self.ask("POST", path, body)
        if status >= 300:
            raise RuntimeError(f"POST {path}: {status} {answer[:300]!r}")
        return json.loads(answer)

    def upload(self, path: str, name: str, content: bytes) -> Any:
        edge = "----bench-edge"
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        headers = {**self.headers, "Content-Type": f"multipart/form-data; boundary={edge}"}
        status, text = self._asked("POST", path, body, headers)
        if status >= 300:
            raise RuntimeError(f"POST {path}: {status} {text[:300]!r}")
        return json.loads(text)


def _token(user: Any) -> str:
    from salesflow.people.services.tokens import token_issue

    _row, secret = token_issue(user=user, by=user, name="bench", scopes=["read", "write"])
    return secret


def _session(user: Any) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
