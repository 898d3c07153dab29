"""The settings of this machine, but quick where a test would only wait."""

import os
from collections.abc import Iterator

import pytest
from celery import current_app
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from salesflow.runtime.redis_urls import broker_url, numbered


def _of_this_process() -> dict[str, object]:
    """Tests run in several processes at once: each has a database (pytest-django sees to it) and a Redis of its own."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    cache = {**settings.CACHES["default"], "LOCATION": numbered(settings.REDIS_URL, 2 * number + 1)}
    current_app.conf.broker_url = current_app.conf.broker_write_url = broker_url(
        numbered(settings.REDIS_URL, 2 * number)
    )
    return {"CACHES": {"default": cache}}


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """Passwords are hashed cheaply, static files keep their names and need not be collected."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        **_of_this_process(),
    ):
        yield


@pytest.fixture(autouse=True)
def one_language() -> Iterator[None]:
    """A page asked for in another language leaves that to its own test alone."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
