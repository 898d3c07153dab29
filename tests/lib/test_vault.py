"""Secrets that must be read again: sealed where they are stored."""

from typing import Any

import pytest

from salesflow.lib.vault import Locked, opened, sealed


def test_secrets_are_sealed_and_opened_under_an_older_key(settings: Any) -> None:
    box = sealed("whsec_x")
    assert "whsec" not in box and opened(box) == "whsec_x" and sealed("") == opened("") == ""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert opened(box) == "whsec_x"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Locked):
        opened(box)
