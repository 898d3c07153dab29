"""The door every REST request comes through: sign-in, scope, one way to answer and to refuse."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from salesflow.lib.api import scopes
from salesflow.lib.api.writes import answered_once


class OnlyJSON(BaseContentNegotiation):
    """There is one format; what `Accept` says does not matter."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        from rest_framework.utils.mediatypes import media_type_matches

        return next(
            (made for made in parsers if media_type_matches(made.media_type, request.content_type)), None
        )

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Door(APIView):
    """Base of every REST view. `resource` names it in token scopes, the schema and the rights table.

    `rights` maps each action (or method) to a right of the roles' table; `None` is for what every signed-in person
    may do. What is not in it does not exist: the router refuses to route it.
    """

    resource: ClassVar[str]
    rights: ClassVar[dict[str, str | None]] = {}
    content_negotiation_class = OnlyJSON
    metadata_class = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As the framework's own, with each POST answered once per Idempotency-Key."""
        self.args, self.kwargs = args, kwargs
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(asked, *args, **kwargs)
            method = asked.method.lower()
            known = method in self.http_method_names
            handler = getattr(self, method, None) if known else None
            handler = handler or self.http_method_not_allowed
            response = answered_once(asked, lambda: handler(asked, *args, **kwargs))
        except Exception as exc:
            response = self.handle_exception(exc)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        if not scopes.allows(request.auth, request.method, self.resource):
            missing = " / ".join(scopes.needed(request.method, self.resource))
            raise exceptions.PermissionDenied(
                _("This token lacks the scope: %s.") % missing, code="insufficient_scope"
            )

    def need(self, action: str) -> None:
        """Refuse with 403 unless some scope of the action's right is given; which records it covers is asked later."""
        right = self.rights[action]
        if right is not None and not self.request.user.may(right):
            raise exceptions.PermissionDenied(_("You may not do this."))


def nothing_here(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The answer under addresses that do not exist; one that only lacks its last slash is told the right one."""
    try:
        if not request.path.endswith("/") and resolve(request.path + "/").func is not nothing_here:
            target = request.path + "/"
            query = request.META.get("QUERY_STRING", "")
            answer = HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)
            answer.status_code = 308
            return answer
    except Resolver404:
        pass
    return _nowhere(request, *args, **kwargs)


class _Nowhere(Door):
    resource = ""
    authentication_classes: ClassVar[list[Any]] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super(Door, self).initial(request, *args, **kwargs)
        raise exceptions.NotFound(_("There is nothing at this address."))


_nowhere = _Nowhere.as_view()
nothing_here.csrf_exempt = True  # type: ignore[attr-defined]
nothing_here.login_required = False  # type: ignore[attr-defined]


def answer(data: Any, status: int = 200, **headers: str) -> Response:
    return Response(
        data, status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
