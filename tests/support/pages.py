"""The cast of the tests with a browser each that has no scripts: `browse("alice")` is Alice's."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browse(cast: SimpleNamespace) -> Callable[..., Client]:
    """`browse("alice")` is a client signed in as Alice; faults are answered as to anybody, not raised."""

    def signed_in(name: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(getattr(cast, name))
        return client

    return signed_in


def told(response: Any) -> str:
    """The toasts an answer carries, and those kept for the next page."""
    from django.contrib.messages import get_messages

    return " ".join(str(message) for message in get_messages(response.wsgi_request))
