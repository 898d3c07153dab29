"""Records over REST: each kind is a small class naming its list, its shape, its rights and its services.

    class TaskResource(Records, Creating, Changing, Archiving):
        resource, spec, shape = "tasks", TaskList(), TaskShape
        rights = standard_rights("tasks", archive="tasks.edit")

        def add(self, *, by, **values): return task_create(by=by, **values)
        def change(self, record, *, by, **values): return task_change(task=record, by=by, **values)

        @deed("tasks.edit")
        def complete(self, record, data): return task_complete(task=record, by=self.request.user)

The order of refusals is the same everywhere: 401, token scope 403, not visible 404, right 403, input 400, version 412,
state 409.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.urls import reverse
from rest_framework.decorators import action as drf_action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSetMixin

from salesflow.lib.api import scopes
from salesflow.lib.api.doors import Door
from salesflow.lib.api.shapes import Body, Nothing, Shape
from salesflow.lib.api.writes import etag, matching, retried
from salesflow.lib.lists import ListRequest, ListSpec

LARGEST_ID = 2**63 - 1


def standard_rights(name: str, **other: str | None) -> dict[str, str | None]:
    """The rights of the standard actions by the name of the resource in the roles' table; `other` replaces some.

    Words of `other` are view, create, edit, archive, restore, and the names of own actions.
    """
    words = {word: f"{name}.{word}" for word in ("view", "create", "edit", "archive")}
    words.update({word: other.pop(word) for word in (*words, "restore") if word in other})  # type: ignore[misc]
    return {
        "list": words["view"],
        "count": words["view"],
        "retrieve": words["view"],
        "create": words["create"],
        "update": words["edit"],
        "partial_update": words["edit"],
        "destroy": words["archive"],
        "restore": words.get("restore", words["archive"]),
        **other,
    }


class Records(ViewSetMixin, Door):
    """Reading a kind of record: list, count and one."""

    spec: ClassVar[ListSpec]
    shape: ClassVar[type[BaseSerializer]]
    #: A list that is a function of its own (the audit) and all its records are refused to whom it does not concern;
    #: other lists are empty for him, and their records not there.
    closed: ClassVar[bool] = False
    #: Actions that need no right on a record that is the person himself.
    on_oneself: ClassVar[frozenset[str]] = frozenset()
    #: Set by the router: the name of the addresses.
    basename: ClassVar[str] = ""

    def for_shape(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The same rows with what the shape needs, in a constant number of statements."""
        return rows

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self, "resource": self.resource}

    def list(self, request: Request) -> Response:
        """One page of the records you may see."""
        self._open()
        wanted = ListRequest.parse(self.spec, request.query_params, request.user)
        page = wanted.page(self.for_shape)
        return Response(
            {
                "next": self._address(page.next),
                "previous": self._address(page.previous),
                "results": self.shown(page.rows, many=True),
            }
        )

    @drf_action(detail=False, methods=["get"])
    def count(self, request: Request) -> Response:
        """How many records the same filters give."""
        self._open()
        return Response({"count": ListRequest.parse(self.spec, request.query_params, request.user).count()})

    def retrieve(self, request: Request, pk: str) -> Response:
        """One record."""
        self._open()
        return self.answer(self.record(pk, prepare=self.for_shape))

    def record(self, pk: str, *, prepare: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None) -> Any:
        """The record with this id if this person may see it; Http404 otherwise.

        An archived one is there to be read, with `archived=true`, and to be restored; nothing else is done to it.
        """
        self._open()
        rows = self.spec.visible(self.request.user)
        reads = self.request.method in scopes.READING
        archived = reads and self.request.query_params.get("archived") == "true"
        rows = self.spec.archived(rows) if archived else self.spec.current(rows)
        return self._one(prepare(rows) if prepare else rows, pk)

    def any_record(self, pk: str) -> Any:
        """As `record`, archived or not."""
        self._open()
        return self._one(self.spec.visible(self.request.user), pk)

    def fresh(self, record: Model) -> Any:
        """The record as it is now, also when the deed has just taken it out of the person's sight."""
        return self.for_shape(type(record)._base_manager.filter(pk=record.pk)).get()

    def shown(self, records: Any, *, many: bool = False) -> Any:
        return self.shape(records, many=many, context=self.get_serializer_context()).data

    def answer(self, record: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """The record with its version as entity tag."""
        extra = {"ETag": etag(record)} if hasattr(record, "version") else {}
        return Response(self.shown(record), status=status, headers={**extra, **(headers or {})})

    def validated(self, data: Any, shape: type[BaseSerializer], **kwargs: Any) -> dict[str, Any]:
        """The validated values of a body, as keyword arguments of a service."""
        made = shape(data=data, context={**self.get_serializer_context(), "only_parses": True}, **kwargs)
        made.is_valid(raise_exception=True)
        return dict(made.validated_data)

    @staticmethod
    def _one(rows: QuerySet[Any], pk: str) -> Any:
        if int(pk) > LARGEST_ID:
            raise Http404
        found = rows.filter(pk=int(pk)).first()
        if found is None:
            raise Http404
        return found

    def _open(self) -> None:
        if self.closed:
            self.need(self.action)

    def _address(self, cursor: Any) -> str | None:
        if cursor is None:
            return None
        params = self.request.query_params.copy()
        params["cursor"] = str(cursor)
        return self.request.build_absolute_uri(f"{self.request.path}?{params.urlencode()}")


class Creating:
    """POST makes a record: `add(by=, **values)` calls the service."""

    new_shape: ClassVar[type[BaseSerializer] | None] = None

    def create(self, request: Request) -> Response:
        """Make a record."""
        self.need("create")
        values = self.validated(request.data, self.new_shape or self.shape)
        made = retried(lambda: self.add(by=request.user, **values))
        address = reverse(f"api:{self.basename}-detail", args=[made.pk])
        return self.answer(self.fresh(made), 201, {"Location": request.build_absolute_uri(address)})


class Changing:
    """PATCH and PUT edit a record: `change(record, by=, **values)` calls the service."""

    change_shape: ClassVar[type[BaseSerializer] | None] = None

    def update(self, request: Request, pk: str) -> Response:
        """Replace a record's fields."""
        return self._changed(request, pk, "update", partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of a record's fields."""
        return self._changed(request, pk, "partial_update", partial=True)

    def _changed(self, request: Request, pk: str, action: str, *, partial: bool) -> Response:
        record = self.record(pk)
        if not (action in self.on_oneself and record == request.user):
            self.need(action)
        values = self.validated(
            request.data, self.change_shape or self.shape, instance=record, partial=partial
        )
        matching(request, record, lambda: self.change(record, by=request.user, **values))
        return self.answer(self.fresh(record))


class Archiving:
    """DELETE archives and `restore` brings back: `archive(record, by=)` and `unarchive(record, by=)`."""

    def destroy(self, request: Request, pk: str) -> Response:
        """Archive a record; nothing is destroyed."""
        record = self.record(pk)
        self.need("destroy")
        matching(request, record, lambda: self.archive(record, by=request.user))
        return Response(status=204)

    @drf_action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Bring an archived record back."""
        record = self.any_record(pk)
        self.need("restore")
        self.validated(request.data, Nothing)
        matching(request, record, lambda: self.unarchive(record, by=request.user))
        return self.answer(self.fresh(record))


def deed(
    right: str | None,
    *,
    body: type[BaseSerializer] = Nothing,
    status: int = 200,
    path: str = "",
    answers: Any = None,
    method: str = "post",
    beside: Any = None,
    archived_too: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An action on a record: `POST /<resource>/{id}/<name>/`, answering the record after it.

    `method` is `put` for what replaces a part of the record as a whole. `beside` is the `reading` whose address it
    shares. `archived_too` lets it be done to an archived record.

    The method gets the visible record and the validated body, and calls one service, which enforces the right for
    this very record; here it is only asked whether the person has it at all. Should the method give a Response, that is
    the answer; `answers` names its shape for the schema.
    """

    def wrap(deed_: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(deed_)
        def handler(self: Any, request: Request, pk: str) -> Response:
            record = self.any_record(pk) if archived_too else self.record(pk)
            self.need(deed_.__name__)
            data = self.validated(request.data, body)
            result = matching(request, record, lambda: deed_(self, record, data))
            if isinstance(result, Response):
                return result
            return self.answer(self.fresh(record), status)

        route = getattr(beside.mapping, method) if beside is not None else drf_action(
            detail=True, methods=[method], url_path=path or deed_.__name__.replace("_", "-")
        )  # fmt: skip
        return _declared(handler, right, body, answers, status, route)

    return wrap


def common_deed(
    right: str | None,
    *,
    body: type[BaseSerializer] = Nothing,
    status: int = 200,
    path: str = "",
    answers: Any = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An action on the collection: `POST /<resource>/<name>/`; the method gets the validated body, gives a Response."""

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def handler(self: Any, request: Request) -> Response:
            self.need(method.__name__)
            data = self.validated(request.data, body)
            return retried(lambda: method(self, data))

        return _declared(handler, right, body, answers, status, drf_action(
            detail=False, methods=["post"], url_path=path or method.__name__.replace("_", "-")
        ))  # fmt: skip

    return wrap


def reading(
    right: str | None, *, path: str = "", answers: Any = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """More to read about a record: `GET /<resource>/{id}/<name>/`; the method gets the record, gives a Response."""

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def handler(self: Any, request: Request, pk: str) -> Response:
            record = self.record(pk)
            self.need(method.__name__)
            return method(self, record)

        return _declared(handler, right, None, answers, 200, drf_action(
            detail=True, methods=["get"], url_path=path or method.__name__.replace("_", "-")
        ))  # fmt: skip

    return wrap


def told(*, body: Any = None, answers: Any = None, status: int = 200) -> Callable[[Any], Any]:
    """Say in the schema what a handler of its own kind takes and answers."""

    def wrap(handler: Any) -> Any:
        handler.body, handler.answers, handler.answer_status = body, answers, status
        return handler

    return wrap


def _declared(handler: Any, right: str | None, body: Any, answers: Any, status: int, route: Any) -> Any:
    handler.right, handler.body, handler.answers, handler.answer_status = right, body, answers, status
    return route(handler)


def rights_of(view: type[Door], actions: Iterable[str]) -> dict[str, str | None]:
    """The right each action needs, from the class and from its deeds; KeyError for an undeclared one."""
    found = {}
    for name in actions:
        handler = getattr(view, name)
        found[name] = handler.right if hasattr(handler, "right") else view.rights[name]
    return found


__all__ = [
    "LARGEST_ID",
    "Archiving",
    "Body",
    "Changing",
    "Creating",
    "Nothing",
    "Records",
    "Shape",
    "common_deed",
    "deed",
    "reading",
    "rights_of",
    "standard_rights",
    "told",
]
