"""How the resources describe themselves in OpenAPI."""

from drf_spectacular.openapi import AutoSchema


class HouseSchema(AutoSchema):
    """One tag per resource."""
