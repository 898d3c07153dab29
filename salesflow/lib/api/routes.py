"""Addresses of REST resources. A resource whose actions do not all say what right they need is not routed."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, path
from django.urls.resolvers import RegexPattern
from rest_framework.routers import SimpleRouter

from salesflow.lib import resources
from salesflow.lib.api.doors import Door
from salesflow.lib.api.records import Records, rights_of

ID = "[0-9]{1,19}"


class Router(SimpleRouter):
    """Routes under `/api/v1/`, collected from the apps' `api.py`."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=True)
        self.single: list[tuple[str, type[Door], str]] = []

    def add(self, *views: type[Records]) -> None:
        """Route a resource under its own name."""
        for view in views:
            view.lookup_value_regex = ID
            self.register(view.resource, view, basename=view.resource)
            type_ = view.spec.model._meta.label_lower
            resources.register(type_, resources.Resource(view.resource, view.spec.visible))
            self._check(view)

    def add_deed(self, view: type[Records], handler: Any) -> None:
        """Give a resource of an earlier app one more `@deed`: its crossing into the app that routes it."""
        setattr(view, handler.__name__, handler)
        self._check(view)

    def add_single(self, address: str, view: type[Door]) -> None:
        """Route a view that is no collection of records."""
        for method in ("get", "post", "patch", "put", "delete"):
            if hasattr(view, method) and method not in view.rights:
                raise ImproperlyConfigured(f"{view.__name__}.{method} does not say what right it needs")
        self.single.append((address, view, view.resource))

    def get_urls(self) -> list[Any]:
        alone = [path(address, view.as_view(), name=name) for address, view, name in self.single]
        return [*alone, *super().get_urls()]

    @staticmethod
    def _check(view: type[Records]) -> None:
        deeds = [name for extra in view.get_extra_actions() for name in extra.mapping.values()]
        standard = ("list", "retrieve", "create", "update", "partial_update", "destroy")
        actions = [name for name in standard if hasattr(view, name)] + deeds
        try:
            view.rights = {**view.rights, **rights_of(view, actions)}
        except KeyError as missing:
            raise ImproperlyConfigured(f"{view.__name__}: no right declared for {missing}") from None


def by_resource(patterns: Iterable[URLPattern]) -> list[Any]:
    """The same addresses under one look ahead at their first word each: a request tries those of its resource only."""
    found: dict[str, list[URLPattern]] = {}
    for pattern in patterns:
        word = str(pattern.pattern).removeprefix("^").partition("/")[0]
        found.setdefault(word, []).append(pattern)
    return [URLResolver(_Ahead(rf"^(?={re.escape(word)}/)"), group) for word, group in found.items()]


class _Ahead(RegexPattern):
    """Looks ahead and takes nothing of the address, so that it is no part of what is read aloud of it."""

    def __str__(self) -> str:
        return ""


class Declared:
    """One method of one address, and what it needs: a row of the rights table before roles come in."""

    __slots__ = ("action", "detail", "method", "path", "resource", "right", "view")

    def __init__(self, pattern: URLPattern, prefix: str, method: str, view: type[Door], action: str) -> None:
        self.method, self.view, self.action = method.upper(), view, action
        self.path = prefix + _readable(pattern)
        self.resource, self.right = view.resource, view.rights[action]
        self.detail = "{id}" in self.path


_SIGNS = (("^", ""), ("$", ""), (f"(?P<pk>{ID})", "{id}"), ("<int:pk>", "{id}"))


def _readable(pattern: URLPattern) -> str:
    text = str(pattern.pattern)
    for sign, plain in _SIGNS:
        text = text.replace(sign, plain)
    return text


def declared(router: Router, prefix: str) -> list[Declared]:
    """Every method of every address of a router with the right it needs."""
    rows = []
    for pattern in router.urls:
        callback = pattern.callback
        actions = getattr(callback, "actions", None) or {
            method: method for method in callback.cls.rights if hasattr(callback.cls, method)
        }
        rows += [
            Declared(pattern, prefix, method, callback.cls, action)
            for method, action in actions.items()
            if method != "head"
        ]
    return rows
