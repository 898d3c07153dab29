"""Serving the OpenAPI document."""

from typing import Any, ClassVar

from django.utils.translation import get_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.response import Response


class SchemaDocument(SpectacularAPIView):
    """The OpenAPI document. It is the same for everybody, so it is worked out once per process and language."""

    _kept: ClassVar[dict[str, Any]] = {}

    def _get_schema_response(self, request: Any) -> Response:
        language = get_language() or ""
        if language not in self._kept:
            self._kept[language] = super()._get_schema_response(request).data
        return Response(self._kept[language])
