"""How the doors describe themselves in OpenAPI 3.1: everything is read off the declarations the doors work by."""

from functools import cache
from typing import Any

from django.utils.encoding import force_str
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from salesflow.lib.api import scopes
from salesflow.lib.lists.filters import After, Before, Choices, Figure, Flag, IsSet

_RECORD_WRITES = ("PUT", "PATCH", "DELETE", "POST")
_REFUSALS = {
    "401": "No valid token or session.",
    "403": "The token lacks the scope, or the person the right.",
    "404": "Not here, or not to be seen.",
    "409": "The state of the record does not allow it; `code` says why.",
    "412": "The record is at another version than `If-Match` names.",
    "413": "The body is too large.",
    "415": "The body is of another type.",
    "422": "The Idempotency-Key belongs to another request.",
    "429": "Too many calls; `Retry-After` says when to try again.",
}


#: What a handler answers that gives a table, or settings, as a file.
CSV = "text/csv"
YAML = "application/yaml"


class ErrorShape(serializers.Serializer):
    """What is wrong with one field; `field` is empty when it is the whole."""

    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer):
    """A refusal, as RFC 9457 has it. `code` is stable; `detail` is for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()


class InvalidInput(Problem):
    """A refusal of input, with every fault that was found."""

    errors = ErrorShape(many=True, required=False)


class CountAnswer(serializers.Serializer):
    count = serializers.IntegerField()


class OneOrMany(serializers.Serializer):
    """A body that is one of a shape, or a list of at most `most` of them."""

    def __init__(self, shape: type[serializers.Serializer], *, most: int) -> None:
        super().__init__()
        self.shape, self.most = shape, most


class OneOrManySchema(OpenApiSerializerExtension):
    target_class = OneOrMany

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        return f"{self.target.shape.__name__}OrMany"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        one = auto_schema.resolve_serializer(self.target.shape(), direction).ref
        return {"oneOf": [one, {"type": "array", "items": one, "maxItems": self.target.most}]}


class HouseSchema(AutoSchema):
    """One tag per resource, each deed with its body and answer, each refusal with its document."""

    def get_tags(self) -> list[str]:
        return [self.view.resource]

    def _is_list_view(self, serializer: Any = None) -> bool:
        """The page of a list says itself what it is: it is no bare array."""
        return isinstance(serializer, serializers.ListSerializer)

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        made = super()._map_serializer_field(field, direction, bypass_extensions)
        if made and made.get("oneOf") == [{}, {"type": "null"}]:
            del made["oneOf"]  # any JSON may be null already, and null would then match both
        return made

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)
        if {"type": "string", "maxLength": 0} in schema.get("oneOf", ()):
            schema["anyOf"] = schema.pop("oneOf")  # formats are remarks to most readers: nothing matches both

    def get_operation_id(self) -> str:
        resource = self.view.resource.replace("-", "_")
        if self._action:
            return f"{resource}_{self._action}"
        words = [part.replace("-", "_") for part in self.path.split("/")[3:] if part and "{" not in part]
        return "_".join([*words, self.method.lower()])

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return super().get_serializer_name(serializer, direction).replace("Shape", "")

    def get_summary(self) -> str:
        return self.get_description().split("\n")[0]

    def get_extensions(self) -> dict[str, Any]:
        right = self.view.rights.get(self._action or self.method.lower())
        return {
            "x-right": right or "signed in",
            "x-scopes": list(scopes.needed(self.method, self.view.resource)),
        }

    def get_override_parameters(self) -> list[OpenApiParameter]:
        given = []
        if self._action in ("list", "count"):
            given += list_parameters(self.view.spec)
        if self._action == "list":
            given += page_parameters(self.view.spec)
        if self.method == "POST":
            given.append(_header("Idempotency-Key", "Repeats the first answer for 24 hours."))
        if self.method in _RECORD_WRITES and self._is_on_record:
            given.append(_header("If-Match", 'The version the caller saw, such as `"3"`.'))
        return given

    def get_request_serializer(self) -> Any:
        if body := getattr(self._handler, "body", None) or getattr(self.view, "body", None):
            return body
        if self._action == "create":
            return self.view.new_shape or self.view.shape
        if self._action in ("update", "partial_update"):
            return self.view.change_shape or self.view.shape
        if self._action:
            return None
        return getattr(self.view, "serializer_class", OpenApiTypes.OBJECT)

    def get_response_serializers(self) -> Any:
        status, answer = self._answer()
        kinds = {OpenApiTypes.BINARY: "*/*", CSV: CSV, YAML: YAML}
        kind = kinds.get(answer) if answer in kinds else None
        done, answer = ((status, kind), OpenApiTypes.BINARY) if kind else (status, answer)
        refusals = {
            "400": _refusal(InvalidInput, "The input is not valid, or an unknown filter or ordering.")
        }
        for code, words in _REFUSALS.items():
            if self._can_refuse(code):
                refusals[code] = _refusal(Problem, words)
        return {
            done: OpenApiResponse(answer, description="" if answer else "Done."),
            **{(code, "application/problem+json"): each for code, each in refusals.items()},
        }

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", "") or ""

    @property
    def _handler(self) -> Any:
        return getattr(self.view, self._action or self.method.lower(), None)

    @property
    def _is_on_record(self) -> bool:
        return "{id}" in self.path

    def _answer(self) -> tuple[str, Any]:
        """The status and shape of success."""
        if self._action == "list":
            return "200", _page_of(self.view.shape)
        if self._action == "count":
            return "200", CountAnswer
        if self._action == "destroy" or self.method == "DELETE":
            return "204", None
        if hasattr(self._handler, "answer_status"):
            plain = OpenApiTypes.OBJECT if self._handler.body is None else self.view.shape
            return str(self._handler.answer_status), self._handler.answers or plain
        if self._action == "create":
            return "201", self.view.shape
        if self._action:
            return "200", self.view.shape
        return "200", getattr(self.view, "serializer_class", OpenApiTypes.OBJECT)

    def _can_refuse(self, code: str) -> bool:
        writes = self.method not in scopes.READING
        return {
            "404": self._is_on_record,
            "409": writes,
            "412": writes and self._is_on_record,
            "413": writes and self.method != "DELETE",
            "415": writes and self.method != "DELETE",
            "422": self.method == "POST",
        }.get(code, True)


def list_parameters(spec: Any) -> list[OpenApiParameter]:
    """The filters of a list, and its search."""
    given = [_filter(name, made) for name, made in spec.filterset.base_filters.items()]
    if spec.search is not None:
        given.append(OpenApiParameter("search", str, description="A fragment, Latin or Chinese."))
    words = "Conditions joined by and, or, not: `grade in (A, B) and (owner = me or owner is empty)`."
    given.append(OpenApiParameter("filter", str, description=words))
    if spec.has_archive:
        given.append(
            OpenApiParameter("archived", bool, description="Archived records instead of the others.")
        )
    return given


def page_parameters(spec: Any) -> list[OpenApiParameter]:
    keys = [sign + name for name in spec.orderings for sign in ("", "-")]
    words = f"By default `{spec.default_ordering}`."
    if spec.has_custom:  # which fields sort, an administrator decides
        words += f" One of {', '.join(keys)}, or `custom.<key>` and `-custom.<key>` of a field whose index is ready."
    return [
        OpenApiParameter("ordering", str, enum=None if spec.has_custom else keys, description=words),
        OpenApiParameter(
            "page_size", int, description=f"1 to {spec.largest_page}, by default {spec.page_size}."
        ),
        OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
    ]


def _filter(name: str, made: Any) -> OpenApiParameter:
    words = force_str(made.extra.get("help_text") or (made.__doc__ or "").strip().split("\n")[0])
    if isinstance(made, Flag | IsSet):
        return OpenApiParameter(name, bool, description=words)
    if isinstance(made, After | Before):
        return OpenApiParameter(name, str, description=words)
    if isinstance(made, Figure):
        return OpenApiParameter(name, OpenApiTypes.NUMBER, description=words)
    if isinstance(made, Choices):
        choices = made.extra.get("choices", [])
        values = [str(value) for value, _label in (choices() if callable(choices) else choices)]
        return OpenApiParameter(name, str, many=True, explode=False, enum=values or None, description=words)
    return OpenApiParameter(name, str, many=True, explode=False, description=words)


def _header(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=words)


def _refusal(shape: Any, words: str) -> OpenApiResponse:
    return OpenApiResponse(shape, description=words)


@cache
def _page_of(shape: type[serializers.BaseSerializer]) -> Any:
    """One page of these records."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
        "__doc__": "One page of a list.",
    }
    return type(f"{shape.__name__}Page", (serializers.Serializer,), fields)
