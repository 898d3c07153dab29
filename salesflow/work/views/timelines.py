"""The part of a record's timeline that the address asks for, and the ways to the other parts."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from salesflow.work.services.timeline import PARTS


def part_shown(request: HttpRequest) -> str:
    wanted = request.GET.get("show", "")
    return wanted if wanted in PARTS else ""


def part_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """All, what was said, notes, files, changes."""
    shown = part_shown(request)
    parts = (
        ("", _("Everything")),
        ("talks", _("Conversations")),
        ("notes", _("Notes")),
        ("files", _("Files")),
        ("changes", _("Changes")),
    )
    return [{"label": label, "part": part, "active": part == shown} for part, label in parts]
