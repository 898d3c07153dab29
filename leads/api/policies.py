"""`/policies/`: all policies of leads as one YAML document."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.services import policies_export, policies_import
from salesflow.lib.api.doors import Door
from salesflow.lib.api.parsers import PlainTextParser, YAMLParser
from salesflow.lib.api.records import told
from salesflow.lib.api.schema import YAML
from salesflow.lib.api.writes import retried
from salesflow.lib.web.downloads import as_attachment

FILENAME = "salesflow-policies.yaml"
TRUTHS = {"true": True, "false": False}


class PolicyChangeShape(serializers.Serializer):
    """One value that differs."""

    path = serializers.CharField(help_text="Such as `pools[Public pool].max_held`.")
    to = serializers.JSONField(allow_null=True, help_text="Null: not there any more.")

    def get_fields(self) -> dict[str, serializers.Field]:
        before = serializers.JSONField(allow_null=True, help_text="Null: not there yet, or empty.")
        fields = super().get_fields()
        return {"path": fields["path"], "from": before, "to": fields["to"]}


class PoliciesImportedShape(serializers.Serializer):
    dry_run = serializers.BooleanField(help_text="Whether nothing was written.")
    changes = PolicyChangeShape(many=True)
    drafts = serializers.ListField(
        child=serializers.CharField(),
        help_text="Drafts of scoring models that say what the document says, and wait to be activated.",
    )


class PolicyDocument(Door):
    """Scoring models, assignment rules, pools, first contact and verification as YAML, for administrators."""

    resource = "policies"
    rights: ClassVar = {"get": "policy_document.view", "post": "policy_document.edit"}
    parser_classes: ClassVar = [YAMLParser, PlainTextParser]
    shape = PoliciesImportedShape

    @told(answers=YAML)
    def get(self, request: Request) -> HttpResponse:
        """All policies in use, in one stable order, people by e-mail address and all else by name."""
        self.need("get")
        text = policies_export(by=request.user)
        return as_attachment(HttpResponse(text, content_type=f"{YAML}; charset=utf-8"), FILENAME)

    @extend_schema(
        parameters=[
            OpenApiParameter("dry_run", bool, description="Tell what would change and write nothing.")
        ]
    )
    @told(body=OpenApiTypes.STR)
    def post(self, request: Request) -> Response:
        """Make the policies what the document says, all or nothing. A changed scoring model becomes a new draft."""
        self.need("post")
        dry_run = _dry_run(request.query_params)
        text = request.data if isinstance(request.data, str) else ""
        found = retried(lambda: policies_import(text=text, by=request.user, dry_run=dry_run))
        changes = [change.as_json() for change in found.changes]
        return Response({"dry_run": found.dry_run, "changes": changes, "drafts": found.drafts})


def _dry_run(asked: Any) -> bool:
    for name, value in asked.items():
        if name != "dry_run":
            raise ValidationError({name: ValidationError(_("There is no such filter."), "unknown_filter")})
        if value not in TRUTHS:
            message = _("Choose one of: %(known)s.") % {"known": ", ".join(TRUTHS)}
            raise ValidationError({name: ValidationError(message, "invalid_choice")})
    return TRUTHS[asked.get("dry_run", "false")]
