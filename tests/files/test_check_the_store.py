"""An operator asks the store for every content that a row names: what is gone, cut or changed is told by its path."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from salesflow.files import store
from salesflow.files.models import Attachment
from tests.files import samples

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]


def answer(*words: str) -> dict[str, Any]:
    out = StringIO()
    try:
        call_command("check_files", "--json", *words, stdout=out)
    except CommandError:
        assert json.loads(out.getvalue())["ok"] is False
    return json.loads(out.getvalue())


def test_a_store_that_has_everything_is_told_so(attach: Attach) -> None:
    attach(b"hello")
    attach(samples.pdf(), "a.pdf")
    assert answer("--content") == {"ok": True, "checked": 2, "broken": []}


def test_what_is_gone_cut_or_changed_is_told(attach: Attach, folder: Path) -> None:
    gone, cut, changed, drawn = (
        attach(content, "x").file for content in (b"one", b"two", b"three", samples.picture())
    )
    (Path(folder) / gone.path).unlink()
    (Path(folder) / cut.path).write_bytes(b"t")
    (Path(folder) / changed.path).write_bytes(b"THREE")
    (Path(folder) / (drawn.path + store.SMALL)).unlink()
    told = {(each["id"], each["what"]) for each in answer("--content")["broken"]}
    assert told == {(gone.pk, "missing"), (cut.pk, "size"), (changed.pk, "digest"), (drawn.pk, "missing")}
    assert len(answer()["broken"]) == 3, "without reading them through a changed one is not seen"
    out = StringIO()
    with pytest.raises(CommandError, match="4 files not as kept"):
        call_command("check_files", "--content", stdout=out)
    assert f"{gone.path} of stored file {gone.pk}: missing" in out.getvalue()
