"""REST doors of exports: asked of a list, watched and fetched as records of their own."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.response import Response

from salesflow.lib.api.records import Body, Records, common_deed, deed, reading
from salesflow.lib.api.routes import Router
from salesflow.lib.api.shapes import Shape
from salesflow.work import services
from salesflow.work.export_answers import export_answer
from salesflow.work.lists import ExportList
from salesflow.work.models import Export


class ExportBody(Body):
    """What of the list, and how: `query` is the address of the list behind the question mark."""

    query = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, default="",
        help_text="Filters, search, ordering and columns: `grade=A&ordering=-score&columns=city,budget`.",
    )  # fmt: skip
    format = serializers.ChoiceField(Export.Format.choices, default=Export.Format.CSV)
    layout = serializers.ChoiceField(
        Export.Layout.choices, default=Export.Layout.SHOWN,
        help_text="The columns of `query` or the usual ones (shown), every column there is (all), or those the "
        "import of these records takes, headed as it knows them (import).",
    )  # fmt: skip


class ExportShape(Shape):
    download = serializers.SerializerMethodField(
        help_text="Where the file is fetched while it is kept; null otherwise."
    )

    class Meta:
        model = Export
        fields = (
            "id", "resource", "query", "layout", "format", "status", "error", "by", "is_large", "total", "written",
            "size", "sha256", "download", "created_at", "updated_at", "finished_at", "expires_at", "version",
        )  # fmt: skip
        read_only_fields = fields

    def get_download(self, export: Export) -> str | None:
        if export.status != Export.Status.DONE:
            return None
        address = reverse("api:exports-download", args=[export.pk])
        return str(self.context["request"].build_absolute_uri(address))


class ExportResource(Records):
    """Lists that left as files. One is asked for by `POST <list>/export/`; its file is kept for a week."""

    resource, spec, shape = "exports", ExportList(), ExportShape
    rights: ClassVar = {"list": "exports.view", "count": "exports.view", "retrieve": "exports.view"}

    @deed("exports.download")
    def cancel(self, record: Export, data: dict[str, Any]) -> None:
        """Stop an export that waits or is being written; nothing of its file stays."""
        services.export_cancel(export=record, by=self.request.user)

    @reading("exports.download", answers=OpenApiTypes.BINARY)
    def download(self, record: Export) -> Any:
        """The file, for who asked for it, and for administrators."""
        return export_answer(record, self.request.user)


def route(router: Router) -> None:
    router.add(ExportResource)


def route_export(router: Router, *views: type[Records]) -> None:
    """Give these resources `POST <resource>/export/`; their lists are among those that leave."""
    for view in views:
        router.add_deed(view, _export_of(view.spec.exports))


def _export_of(right: str) -> Any:
    def export(self: Any, data: dict[str, Any]) -> Response:
        """Write what the list shows under a query into a file: at once for up to 200 records, by a worker for more."""
        made = services.export_start(by=self.request.user, resource=self.spec.views_key, **data)
        address = self.request.build_absolute_uri(reverse("api:exports-detail", args=[made.pk]))
        shown = ExportShape(made, context=self.get_serializer_context()).data
        return Response(shown, status=202, headers={"Location": address})

    return common_deed(right, body=ExportBody, status=202, answers=ExportShape)(export)
