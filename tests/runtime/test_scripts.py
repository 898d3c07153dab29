"""`script/up` says in one sentence what this machine lacks, before it changes anything."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.instance import CHECKOUT

TOOLS = "awk cat cksum cut df dirname grep head id mktemp rm sh tail tr".split()


@pytest.fixture
def machine(tmp_path):
    """A checkout with a name that tools stumble over, on a machine that has ordinary tools and no Python."""
    checkout = tmp_path / "销售 流程"
    shutil.copytree(CHECKOUT / "script", checkout / "script")
    for name in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy(CHECKOUT / name, checkout / name)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    return checkout, tools


def _program(tools: Path, name: str, text: str) -> None:
    (tools / name).unlink(missing_ok=True)
    (tools / name).write_text(f"#!/bin/sh\n{text}\n")
    (tools / name).chmod(0o755)


def _up(machine: tuple[Path, Path]) -> str:
    """What it says; it must refuse, with a single line, and leave no environment behind."""
    checkout, tools = machine
    done = subprocess.run(
        [checkout / "script/up"],
        env={"PATH": str(tools), "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert not (checkout / ".venv").exists()
    return done.stderr.strip()


def test_no_python(machine):
    assert _up(machine) == "SalesFlow needs Python 3.11, 3.12 or 3.13, but no Python was found."


def test_a_python_too_old(machine):
    _program(machine[1], "python3", 'case "$*" in *exit*) exit 1;; *) echo 3.9.2;; esac')
    assert _up(machine) == "SalesFlow needs Python 3.11, 3.12 or 3.13, but only Python 3.9.2 was found."


def test_a_python_without_its_venv_module(machine):
    _program(machine[1], "python3", 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac')
    assert _up(machine).startswith("This Python lacks its venv module: install it first")


def test_a_full_disk(machine):
    _program(machine[1], "python3", "exit 0")
    _program(machine[1], "df", "echo Filesystem; echo /dev/vda 100 100 20480 100% /")
    assert _up(machine) == f"The disk of {machine[0]} is full: 20 MB are free, 878 MB are needed."
