"""What is asked of a session beyond being signed in."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from salesflow.people.sessions import DUE, note_use

#: Where somebody may go whose role asks for a second step that is not set up.
_OPEN = {"second-factor", "second-factor-picture", "sign-out", "set-language", "set-theme"}


class SessionDuties:
    """Notes that a session is used, and leads every page to the second step while that is to be set up.

    REST refuses by itself then (`Session`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        note_use(request)
        match = request.resolver_match
        is_open = not getattr(view, "login_required", True) or match is None or match.view_name in _OPEN
        if is_open or request.path.startswith("/api/") or not request.session.get(DUE):
            return None
        return redirect("second-factor")
