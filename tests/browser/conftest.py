"""A signed-in window on the running server."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from salesflow.people.models import User
from salesflow.people.services import user_create

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def staff(transactional_db: None) -> User:
    return user_create(by=None, email="ada@example.com", name="Ada Admin", password=None, roles=["admin"])


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Any, User], None]:
    """`sign_in(page, user)` gives the window that user's session."""

    def give(window: Any, user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        window.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return give


@pytest.fixture
def desk(page: Any, staff: User, sign_in: Callable[[Any, User], None]) -> Any:
    """A staff member's window on a desk, that refuses to break the content policy."""
    page.set_viewport_size(DESK)
    sign_in(page, staff)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.faults = faults
    return page
