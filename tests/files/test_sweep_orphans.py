"""What lies in the store without a row is swept away after a day: never anything younger, never anything named."""

import io
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from salesflow.files import store
from salesflow.files.models import Attachment
from salesflow.files.services import add, orphans_remove
from salesflow.lib.sweeps import sweep_named
from tests.files import samples
from tests.files.conftest import stored

pytestmark = pytest.mark.django_db
Attach = Callable[..., Attachment]
DAY = 86_400


def age(folder: Path, path: str, seconds: float) -> None:
    """Make every file of this content look as if it had been written so long ago."""
    then = datetime.now(UTC) - timedelta(seconds=seconds)
    target = Path(folder) / store.FOLDER / f"{then:%Y%m%d}"
    target.mkdir(parents=True, exist_ok=True)
    for file in (Path(folder) / path).parent.glob(f"{Path(path).name}*"):
        os.utime(file, (time.time() - seconds,) * 2)
        file.rename(target / file.name)


def orphan(seconds: float, folder: Path) -> None:
    age(folder, store.put(io.BytesIO(b"nobody's"), io.BytesIO(b"large"), io.BytesIO(b"small")), seconds)


def test_contents_without_a_row_go_after_a_day_and_not_before(attach: Attach, folder: Path) -> None:
    attachment = attach(samples.picture(), "a.png")
    age(folder, attachment.file.path, 3 * DAY)
    moved = next(path for path in Path(folder).glob("**/*") if path.name == Path(attachment.file.path).name)
    type(attachment.file).objects.update(path=str(moved.relative_to(folder)))
    orphan(DAY + 60, folder)
    orphan(DAY - 600, folder)
    orphan(0, folder)
    assert len(stored(folder)) == 12
    assert orphans_remove() == {"processed": 3, "failed": 0}
    assert len(stored(folder)) == 9
    assert (Path(folder) / Attachment.objects.get().file.path).exists()
    assert orphans_remove() == {"processed": 0, "failed": 0}


def test_what_a_killed_process_left_half_written_goes_too(folder: Path) -> None:
    path = store.put(io.BytesIO(b"x"), None, None)
    whole = Path(folder) / path
    whole.rename(whole.with_name(f"{whole.name}.part"))
    age(folder, path, 2 * DAY)
    assert stored(folder)[0].endswith(".part")
    assert sweep_named("files.orphans").run() == {"processed": 1, "failed": 0}
    assert stored(folder) == []


def test_files_of_other_apps_are_left_alone(folder: Path) -> None:
    name = default_storage.save("imports/old.csv", io.BytesIO(b"a,b"))
    os.utime(Path(folder) / name, (0, 0))
    assert orphans_remove() == {"processed": 0, "failed": 0}
    assert stored(folder) == ["old.csv"]


def test_an_upload_that_fails_late_takes_its_content_along(
    attach: Attach, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        assert stored(folder), "the content is in the store by now"
        raise RuntimeError("killed before the commit")

    monkeypatch.setattr(add, "record", broken)
    with pytest.raises(RuntimeError):
        attach(samples.picture(), "a.png")
    assert stored(folder) == []
    assert not Attachment.objects.exists()


def test_a_full_disk_leaves_nothing_half_written(
    attach: Attach, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = default_storage.save

    def full(name: str, content: object) -> str:
        if name.endswith(store.SMALL):
            raise OSError(28, "No space left on device")
        return real(name, content)

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(OSError, match="No space"):
        attach(samples.picture(), "a.png")
    assert stored(folder) == []
    assert not Attachment.objects.exists()
