"""The cluster that testbeds begin with: made once for the migrations there are, by whoever comes first."""

import os
from pathlib import Path

import pytest

from salesflow.runtime import migrated


def made(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in {
        "leads/migrations/0001_initial.py": "from leads.matching import KEYS\nimport leads.models.web\n",
        "leads/matching.py": "KEYS = 1\n",
        "leads/models/__init__.py": "",
        "leads/models/web.py": "",
        "leads/views.py": "",
    }.items():
        path = tmp_path / "checkout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "checkout"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("leads/migrations/0001_initial.py", True),
        ("leads/migrations/0002_more.py", True),
        ("leads/matching.py", True),
        ("leads/models/web.py", True),
        ("leads/views.py", False),
    ],
)
def test_what_migrations_read_makes_another_one(checkout: Path, name: str, counts: bool) -> None:
    before = migrated.fingerprint(checkout)
    with (checkout / name).open("a") as file:
        file.write("\nMORE = 2\n")
    assert (migrated.fingerprint(checkout) != before) is counts


def test_it_is_made_once_and_an_attempt_that_broke_off_is_thrown_away(tmp_path: Path) -> None:
    store = tmp_path / "testbeds"

    def breaks_off(folder: Path) -> None:
        made(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrated.ensure(breaks_off, store)
    kept = migrated.ensure(made, store)
    assert (kept / "PG_VERSION").read_text() == "18"
    assert migrated.ensure(breaks_off, store) == kept


def test_of_older_ones_the_newest_stay(tmp_path: Path) -> None:
    store = tmp_path / "testbeds"
    store.mkdir()
    for number in range(8):
        made(store / f"old{number}")
        os.utime(store / f"old{number}", (number, number))
    kept = migrated.ensure(made, store)
    assert {each.name for each in store.iterdir() if each.is_dir()} == {
        kept.name, *(f"old{number}" for number in range(3, 8)),
    }  # fmt: skip
