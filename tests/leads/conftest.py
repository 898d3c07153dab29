"""Ann, who sells, with her ways to bring a file in; and the store where it is kept."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from salesflow.people.models import User
from tests.api.conftest import Caller, caller_of
from tests.leads import cast


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """The store's folder of this test; empty where nothing may have been kept."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def rep(db: None, store: Path) -> User:
    person = cast.person("ann")
    cast.default_pool(members=[person])
    cast.rule()
    return person


@pytest.fixture
def ann(rep: User) -> Caller:
    return caller_of(rep)


@pytest.fixture
def ann_s_browser(rep: User) -> Client:
    client = Client()
    client.force_login(rep)
    return client
