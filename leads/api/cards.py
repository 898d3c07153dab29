"""`POST /leads/read-card/`: what stands on a business card, as the fields of a lead; nothing is written."""

from typing import ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from leads.services import card_read
from leads.services.cards import FIELDS
from salesflow.lib.api.doors import Door
from salesflow.lib.api.parsers import StrictJSONParser
from salesflow.lib.api.routes import Router
from salesflow.lib.api.shapes import Body
from salesflow.lib.uploads import Allowance

#: Characters of a pasted text: more than any code holds.
MOST_TEXT = 1_000_000


class CardBody(Body):
    """A vCard file or a photograph of a QR code (multipart), or the text of a vCard or MECARD: one of them."""

    text = serializers.CharField(required=False, max_length=MOST_TEXT, trim_whitespace=False)
    file = serializers.FileField(required=False, allow_empty_file=True)
    photo = serializers.FileField(required=False, allow_empty_file=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if len(attrs) != 1:
            raise serializers.ValidationError(
                {"text": [_("Send a text, a file or a photo.")]}, code="required"
            )
        return attrs


class CardFields(Body):
    """Fields as `POST /leads/` takes them; what the card does not say is left out."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {name: serializers.CharField(required=False) for name in FIELDS.values()}


class CardAnswer(Body):
    """The first card. `ignored` names entries that were not read, `other_cards` counts those behind it."""

    department = serializers.CharField()
    address = serializers.CharField()
    has_photo = serializers.BooleanField()
    ignored = serializers.ListField(child=serializers.CharField())
    other_cards = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"fields": CardFields(), **super().get_fields()}


class LeadCard(Door):
    """Read a business card."""

    resource = "leads"
    rights: ClassVar = {"post": "leads.create"}
    body = CardBody
    serializer_class = CardAnswer
    parser_classes: ClassVar = [StrictJSONParser, MultiPartParser]
    upload_allowance = Allowance("FILE_MAX_BYTES")

    def post(self, request: Request) -> Response:
        """Read the first card of a vCard file, a code's text or the QR code on a photo into the fields of a lead."""
        self.need("post")
        made = CardBody(data=request.data)
        made.is_valid(raise_exception=True)
        found = card_read(by=request.user, **made.validated_data)
        return Response(
            {
                "fields": found.values,
                "department": found.department,
                "address": found.address,
                "has_photo": found.photo is not None,
                "ignored": found.ignored,
                "other_cards": found.others,
            }
        )


def route(router: Router) -> None:
    router.add_single("leads/read-card/", LeadCard)
