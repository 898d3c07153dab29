"""Short messages at the edge of the page, the same on a full page and on a part swapped in by htmx."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse

UNDO = "undo:"


def toast(request: HttpRequest, text: Any, kind: str = "success", undo: str = "") -> None:
    """Tell the user what happened; kind is success, info, warning or error.

    `undo` is an address that takes a POST and turns the deed back; it becomes a button.
    """
    level = {"info": messages.INFO, "success": messages.SUCCESS, "warning": messages.WARNING}.get(
        kind, messages.ERROR
    )
    messages.add_message(request, level, str(text), extra_tags=f"{UNDO}{undo}" if undo else "")


def told(message: Message) -> dict[str, str]:
    """A stored message as the page and the scripts show it."""
    tag = message.extra_tags or ""
    return {
        "text": str(message.message),
        "kind": message.level_tag if message.level_tag in ("success", "warning", "error") else "info",
        "undo": tag.removeprefix(UNDO) if tag.startswith(UNDO) else "",
    }


def toast_header(response: HttpResponse, toasts: list[dict[str, str]]) -> HttpResponse:
    """Send toasts with an answer to htmx, beside the triggers and toasts it already has."""
    triggers = response.headers.get("HX-Trigger", "")
    if triggers.startswith("{"):
        merged = json.loads(triggers)
    else:
        merged = dict.fromkeys((name.strip() for name in triggers.split(",") if name.strip()), "")
    merged["toast"] = {"items": [*(merged.get("toast") or {}).get("items", []), *toasts]}
    response["HX-Trigger"] = json.dumps(merged)
    return response
