"""Alice and Bob sell under Mona, Charlie sells elsewhere; each has a browser. `admin` is the administrator's."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.api.conftest import call, cast
from tests.support.pages import browse

__all__ = ["browse", "call", "cast"]


@pytest.fixture
def admin(browse: Callable[..., Client]) -> Client:
    return browse("admin")
