"""What docs/api.md shows works as it stands: every example is read out of the page and carried out."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from leads.models import Pool
from leads.services import import_run
from leads.services.rules import assignment_rule_save
from salesflow.clocks.services import calendar_ensure_defaults
from salesflow.people.services import config_changed, token_issue
from tests.api.conftest import Caller

GUIDE = Path(settings.BASE_DIR) / "docs" / "api.md"
NAMED = re.compile(r"^(\w+)=\$\((.*)\)$")
FILE = b"Firm,Who,Mail,Size\nOptik Nord,Jonas Patel,jonas@optik-nord.example,40\n,,nobody@optik.example,\n"


def examples() -> Iterator[str]:
    """The commands of the page that speak to the API, one a line."""
    for block in re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            if re.match(r"(\w+=\$\()?(crm|rep|send) ", line):
                yield line


class Speaker(Caller):
    """One who also sends forms."""

    def generic_form(self, path: str, form: dict[str, Any]) -> Any:
        return self.generic("POST", path, encode_multipart(BOUNDARY, form), content_type=MULTIPART_CONTENT)


class Shell:
    """As much of a shell, of curl and of jq as the page uses."""

    def __init__(self, callers: dict[str, Caller]) -> None:
        self.callers = callers
        self.names = {"BASE": ""}

    def run(self, line: str) -> None:
        command, _hash, comment = line.partition("   #")
        expected = re.match(r"\s*(4\d\d)$", comment)
        named = NAMED.match(command.strip())
        spoken, _pipe, wanted = (named[2] if named else command).partition(" | jq ")
        answer = self.curl(shlex.split(re.sub(r"\$(\w+)", lambda name: str(self.names[name[1]]), spoken)))
        if expected:
            assert answer.status_code == int(expected[1]), (line, answer.content)
        else:
            assert answer.status_code < 300, (line, answer.status_code, b"".join(answer))
        if named:
            self.names[named[1]] = picked(answer.json(), wanted.strip("' "))

    def curl(self, words: list[str]) -> Any:
        caller, words = self.callers[words[0]], words[1:]
        method, data, form, headers, path = "", None, {}, {}, ""
        while words:
            word = words.pop(0)
            if word == "-X":
                method = words.pop(0)
            elif word == "-d":
                data = json.loads(words.pop(0))
            elif word == "-F":
                name, _is, value = words.pop(0).partition("=")
                form[name] = SimpleUploadedFile("leads.csv", FILE) if value.startswith("@") else value
            elif word == "-H":
                name, _colon, value = words.pop(0).partition(": ")
                headers[name] = value
            else:
                path = word
        if form:
            return caller.generic_form(path.lstrip("/"), form)
        method = method or ("POST" if data is not None else "GET")
        body = "" if data is None else json.dumps(data)
        return caller.generic(
            method, path.lstrip("/"), body, content_type="application/json", headers=headers
        )


def picked(value: Any, path: str) -> Any:
    for part in re.findall(r"\w+", path):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


@pytest.fixture
def shell(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> Shell:
    settings.MEDIA_ROOT = tmp_path / "files"
    calendar_ensure_defaults()
    pool = Pool.objects.default()
    pool.members.set([cast.alice])
    pool.managers.set([cast.mona])
    config_changed()
    assignment_rule_save(by=None, name="Anybody")
    speak = {"crm": cast.admin, "rep": cast.alice, "send": cast.admin}
    tokens = {
        name: token_issue(user=user, scopes=("read", "write"), by=None)[1] for name, user in speak.items()
    }
    return Shell({name: Speaker(secret) for name, secret in tokens.items()})


def test_every_example_works(shell: Shell):
    lines = list(examples())
    assert len(lines) > 80
    for line in lines:
        shell.run(line)
        if "/lead-imports/" in line and "/start/" in line:  # what a worker does meanwhile
            assert import_run(job_id=shell.names["IMPORT"])


def test_every_resource_is_shown(db: None):
    """Whatever is routed has its place on the page, so that a new resource is not forgotten there."""
    from salesflow.api import PREFIX, router
    from salesflow.lib.api.routes import declared

    text = GUIDE.read_text(encoding="utf-8")
    resources = {row.path.removeprefix(PREFIX).split("/")[0] for row in declared(router, PREFIX)}
    assert len(resources) > 30
    assert sorted(name for name in resources if f"/{name}/" not in text) == []
