"""A browser for each person of the world."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.performance.world import World


@pytest.fixture
def browse(world: World) -> Callable[[str], Client]:
    """`browse("ann")` is a client signed in as Ann."""

    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(world.users[name])
        return client

    return signed_in
