"""The OpenAPI document is whole and valid, and no address exists that does not say what it needs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from salesflow.api import PREFIX, router
from salesflow.lib.api.doors import Door
from salesflow.lib.api.records import Records, deed
from salesflow.lib.api.routes import Router, declared
from salesflow.people.api.shapes import DepartmentShape
from salesflow.people.lists import DepartmentList
from salesflow.people.roles import all_rights


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    made = SchemaGenerator().get_schema(public=True)
    assert not list(GENERATOR_STATS._error_cache), GENERATOR_STATS._error_cache
    assert not list(GENERATOR_STATS._warn_cache), GENERATOR_STATS._warn_cache
    return made


def addresses(patterns: Any, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate_schema(document)


def test_every_method_of_every_address_is_described_with_its_refusals(document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "patch", "delete")
    }
    routed = {(row.method, row.path) for row in declared(router, PREFIX)}
    assert described == routed
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            place = f"{method} {path}"
            assert operation["tags"] and operation["summary"] and operation["x-right"], place
            assert {"400", "401", "403"} <= set(operation["responses"]), place
            assert any(code.startswith("2") for code in operation["responses"]), place


def test_names_of_operations_are_given_once(document: dict[str, Any]) -> None:
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))


def test_every_address_under_the_api_is_a_door_with_declared_rights() -> None:
    open_to_all = {"schema", "docs"}
    seen = 0
    for path, pattern in addresses(get_resolver().url_patterns):
        if (
            not path.startswith("/api/")
            or pattern.name in open_to_all
            or "nothing_here" in str(pattern.callback)
        ):
            continue
        view = pattern.callback.cls
        assert issubclass(view, Door), path
        seen += 1
    assert seen > 40
    known = {*all_rights(), None}
    for row in declared(router, PREFIX):
        assert row.right in known, f"{row.method} {row.path} needs {row.right}, which no role has"


def test_a_resource_that_does_not_declare_an_action_is_not_routed() -> None:
    class Forgetful(Records):
        resource, spec, shape = "forgetful", DepartmentList(), DepartmentShape
        rights = {"list": "departments.view", "count": "departments.view"}

    with pytest.raises(ImproperlyConfigured, match="retrieve"):
        Router().add(Forgetful)


def test_a_single_door_that_does_not_declare_a_method_is_not_routed() -> None:
    class Forgetful(Door):
        resource, rights = "forgetful", {"get": None}

        def get(self, request: Any) -> None: ...
        def post(self, request: Any) -> None: ...

    with pytest.raises(ImproperlyConfigured, match="post"):
        Router().add_single("forgetful/", Forgetful)


def test_a_deed_declares_its_right_where_it_is_written() -> None:
    class Careful(Records):
        resource, spec, shape = "careful", DepartmentList(), DepartmentShape
        rights = {"list": None, "count": None, "retrieve": None}

        @deed("departments.edit")
        def polish(self, record: Any, data: Any) -> None: ...

    Router().add(Careful)
    assert Careful.rights["polish"] == "departments.edit"


def test_the_document_and_its_page_are_served(db: None) -> None:
    stranger = Client()
    document = stranger.get("/api/schema/?format=json")
    assert document.status_code == 200 and document.json()["info"]["title"] == "SalesFlow"
    assert stranger.get("/api/schema/").headers["Content-Type"].startswith("application/vnd.oai.openapi")
    page = stranger.get("/api/docs/")
    assert page.status_code == 200 and b"cdn." not in page.content
