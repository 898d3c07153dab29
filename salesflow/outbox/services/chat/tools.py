"""How each chat tool wants its messages, and what it says of them: also a refusal comes with status 200.

WeCom takes 20 messages a minute and 2,048 bytes of text, DingTalk 20 a minute, Feishu 100, Slack one a second.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from salesflow.lib.http import Answer

#: Bytes of a text that every tool takes.
LONGEST = 1800
#: Seconds between two messages to one group, by which every tool's limit is kept.
APART = 4
#: What a tool says when it was told too much in too short a time.
TOO_FAST = {"45009", "130101", "90030", "11232", "429"}


@dataclass(frozen=True)
class Call:
    url: str
    body: bytes


def call_of(tool: str, url: str, secret: str, text: str) -> Call:
    """The POST that says a text in the group."""
    return _TOOLS[tool](url, secret, text, int(time.time()))


def refusal_of(answer: Answer) -> str:
    """Code and words of a refusal, such as `310000 sign not match`; nothing when the message was taken."""
    if not answer.is_ok:
        return f"{answer.status} {_text(answer)}".strip()
    try:
        said = json.loads(answer.body)
    except ValueError:
        return "" if answer.body.strip() == b"ok" else _text(answer)  # Slack says no more than this
    if not isinstance(said, dict):
        return _text(answer)
    for code, words in (("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage")):
        if code in said:
            return "" if said[code] == 0 else f"{said[code]} {said.get(words, '')}".strip()[:300]
    return _text(answer)


def _text(answer: Answer) -> str:
    return answer.body.decode(errors="replace").replace("\0", "")[:300]


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _wecom(url: str, secret: str, text: str, now: int) -> Call:
    return Call(url, _json({"msgtype": "text", "text": {"content": text}}))


def _dingtalk(url: str, secret: str, text: str, now: int) -> Call:
    body = _json({"msgtype": "text", "text": {"content": text}})
    if not secret:
        return Call(url, body)
    at = now * 1000
    digest = hmac.digest(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256)
    signed = urlencode({"timestamp": at, "sign": base64.b64encode(digest).decode()})
    return Call(f"{url}{'&' if '?' in url else '?'}{signed}", body)


def _feishu(url: str, secret: str, text: str, now: int) -> Call:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        digest = hmac.digest(f"{now}\n{secret}".encode(), b"", hashlib.sha256)
        body |= {"timestamp": str(now), "sign": base64.b64encode(digest).decode()}
    return Call(url, _json(body))


def _slack(url: str, secret: str, text: str, now: int) -> Call:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return Call(url, _json({"text": text}))


_TOOLS: dict[str, Callable[[str, str, str, int], Call]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "slack": _slack,
}
