"""The demo company as a whole running instance, and its people with tokens of their own."""

import http.client
import json
import re
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.support.instance import Instance

#: Loads the company without leads and gives everybody a token; one process, since each start costs a second.
SETTLE = """
import json
from django.db import transaction
from salesflow.demo.company import company_make
from salesflow.people.models import User
from salesflow.people.services import token_issue
with transaction.atomic():
    company_make()
people = User.objects.filter(is_demo=True)
tokens = {user.email.partition("@")[0]: token_issue(user=user, scopes=("read", "write"), by=None)[1] for user in people}
print(json.dumps(tokens))
"""


class Away(Exception):
    """No answer: what was asked may have happened or not."""


class Rest:
    """A person's token on an instance that may go away at any moment."""

    def __init__(
        self, live: Instance, secret: str, note: Callable[[int], object] = lambda status: None
    ) -> None:
        self.live, self.secret, self.note = live, secret, note

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        """Status and JSON of one request; raises Away when the connection broke."""
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        line = http.client.HTTPConnection(urlsplit(self.live.url).netloc, timeout=30)
        try:
            data = None if body is None else json.dumps(body)
            line.request(method, f"/api/v1/{path}", body=data, headers=headers)
            answer = line.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Away(str(error)) from error
        finally:
            line.close()
        self.note(answer.status)
        return answer.status, json.loads(text) if text else None

    def get(self, path: str) -> Any:
        status, body = self.ask("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path: str, body: Any = None) -> Any:
        status, answer = self.ask("POST", path, body or {})
        assert status < 300, (path, status, answer)
        return answer

    def post_surely(self, path: str, body: Any, going: Callable[[], bool] = lambda: True) -> tuple[int, Any]:
        """Ask until there is an answer, always under the same key, so that it happens once."""
        key = uuid.uuid4().hex
        while True:
            try:
                status, answer = self.ask("POST", path, body, key=key)
            except Away:
                status, answer = 0, None
            if status not in (0, 503) and not (status == 409 and answer["code"] in PASSING):
                return status, answer
            if not going():
                return 0, None

    def upload(self, path: str, name: str, content: str, **fields: str) -> Any:
        """Send a file with further fields; the answer must be 201."""
        edge = uuid.uuid4().hex
        parts = [f'form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
        parts.append(f'form-data; name="file"; filename="{name}"\r\n\r\n{content}')
        body = "".join(f"--{edge}\r\nContent-Disposition: {part}\r\n" for part in parts) + f"--{edge}--\r\n"
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": f"multipart/form-data; boundary={edge}",
        }
        request = urllib.request.Request(f"{self.live.url}/api/v1/{path}", body.encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201
            return json.load(answer)

    def limit(self, seconds: int, grades: str = "ABC") -> None:
        """Change the time for the first contact of these grades."""
        for policy in self.get("first-contact-policies/")["results"]:
            if policy["grade"] in grades:
                status, answer = self.ask(
                    "PATCH", f"first-contact-policies/{policy['id']}/", {"limit_seconds": seconds}
                )
                assert status == 200, answer


#: Refusals that say “try again”.
PASSING = ("busy", "in_progress")


class Company:
    """A running instance with the demo company in it."""

    def __init__(self, live: Instance, tokens: dict[str, str]) -> None:
        self.live, self.tokens = live, tokens
        self.sql = live.sql

    @property
    def url(self) -> str:
        return self.live.url

    def rest(self, name: str, note: Callable[[int], object] = lambda status: None) -> Rest:
        return Rest(self.live, self.tokens[name], note)

    def one(self, statement: str, *arguments: Any) -> Any:
        """The single value a statement gives."""
        return self.sql(statement, *arguments)[0][0]


def settled(live: Instance) -> Company:
    """The demo company, without leads, moves into a running instance."""
    tokens = live.manage("shell", "--no-imports", "-c", SETTLE).stdout.splitlines()[-1]
    return Company(live, json.loads(tokens))


class Visitor:
    """Somebody who reads pages and sends forms without scripts."""

    def __init__(self, company: Company, name: str) -> None:
        self.company = company
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.post("/sign-in/", email=f"{name}@example.com", password="demo")

    def get(self, path: str) -> str:
        """The page; an answer that is none fails the test."""
        return self._open(path, None)

    def post(self, path: str, **fields: str) -> str:
        """The page that a form on `path` leads to when it is sent with these fields."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token, f"no form on {path}"
        fields["csrfmiddlewaretoken"] = token[1]
        return self._open(path, urllib.parse.urlencode(fields).encode())

    def _open(self, path: str, data: bytes | None) -> str:
        address = self.company.live.url + path
        request = urllib.request.Request(address, data, headers={"Referer": address})
        with self.opener.open(request, timeout=30) as answer:
            return answer.read().decode()
