"""Every REST address, collected from the apps: `/api/v1/`, its schema and the page to browse it."""

from importlib import import_module

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularSwaggerView

from salesflow.lib.api.document import SchemaDocument
from salesflow.lib.api.doors import nothing_here
from salesflow.lib.api.routes import Router, by_resource
from salesflow.people.api import openapi  # noqa: F401, its schemes register themselves

#: Apps with a REST door, left to right; each has `api.route(router)`.
APPS = (
    "salesflow.journal",
    "salesflow.people",
    "salesflow.outbox",
    "salesflow.files",
    "salesflow.clocks",
    "salesflow.work",
    "leads",
    "contacts",
    "performance",
)
PREFIX = "/api/v1/"


def _router() -> Router:
    router = Router()
    for app in APPS:
        import_module(f"{app}.api").route(router)
    return router


router = _router()
app_name = "api"
urlpatterns = [
    path("v1/", include(by_resource(router.urls))),
    path("schema/", SchemaDocument.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"^.*$", nothing_here),
]
