"""Every kind of event and of notice that the code writes has a sentence and an icon for people."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from salesflow.journal import texts
from salesflow.people.api.config_records import ConfigRecords
from salesflow.people.roles import all_rights
from salesflow.work.services.imports.flow import ImportFlow

#: Kinds of configuration and of imports are named by classes of the doors, which are read with the addresses.
import_module(settings.ROOT_URLCONF)
ROOT = Path(settings.BASE_DIR)
KIND = re.compile(r"^(?:journal|people|clocks|work|leads)\.[a-z]+(?:_[a-z]+)*$")
WRITERS = {"record", "EventDraft", "_move", "changing"}
TELLERS = {"notify", "Notice", "notices_about"}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def kinds_in(node: ast.AST) -> Iterator[str]:
    """The kinds spelt out anywhere under a node; the steps of every import (`{flow.app}.…`) write one per import."""
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr) and ast.unparse(part).startswith("f'{flow.app}."):
            ending = ast.unparse(part)[len("f'{flow.app}.") : -1]
            yield from (f"{each.app}.{ending}" for each in ImportFlow.__subclasses__())
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and KIND.match(part.value):
            yield part.value


def files() -> Iterator[Path]:
    for folder in ("salesflow", "leads", "contacts", "performance"):
        yield from sorted((ROOT / folder).rglob("services/**/*.py"))
    yield from sorted(ROOT.glob("*/subscribers.py"))


def kinds_given_to(names: set[str]) -> tuple[set[str], set[str]]:
    """Kinds spelt out in calls of these functions; and those spelt out near a call that is given a variable."""
    plain: set[str] = set()
    near: set[str] = set()
    models = {model._meta.label_lower for model in apps.get_models()}
    for path in files():
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            calls = [
                node for node in ast.walk(function) if isinstance(node, ast.Call) and called(node) in names
            ]
            for call in calls:
                given = set(kinds_in(call)) - models
                plain |= given
                near |= set() if given else set(kinds_in(function)) - models
    return plain, near


def config_kinds() -> set[str]:
    """What the common services of configuration write."""
    names = [each.spec.model._meta.label_lower for each in ConfigRecords.__subclasses__()]
    return {f"{name}_{end}" for name in names for end in ("created", "changed", "archived", "restored")}


def test_the_code_is_read() -> None:
    """The scan must see what is plainly there, or it would hold nothing."""
    events, near = kinds_given_to(WRITERS)
    notices, _near = kinds_given_to(TELLERS)
    assert {"people.user_changed", "work.task_done", "clocks.holidays_loaded"} <= events
    assert {"leads.import_uploaded", "work.import_uploaded"} <= events
    assert {"leads.pool_created", "leads.pool_changed", "leads.claimed"} <= near
    assert {
        "work.task_given",
        "work.task_reminder",
        "leads.assigned",
        "leads.import_needs_mapping",
        "work.import_needs_mapping",
    } <= notices
    assert "people.team_changed" in config_kinds()


def test_every_kind_of_event_has_its_sentence() -> None:
    plain, near = kinds_given_to(WRITERS)
    assert (plain | config_kinds()) - set(texts.event_kinds()) == set()
    assert near - set(texts.event_kinds()) - set(texts.notice_kinds()) == set()


def test_every_kind_of_notice_has_its_sentence() -> None:
    plain, near = kinds_given_to(TELLERS)
    assert plain - set(texts.notice_kinds()) == set()
    assert near - set(texts.event_kinds()) - set(texts.notice_kinds()) == set()


def test_whatever_looks_like_a_kind_in_a_service_is_one() -> None:
    """Kinds also travel as arguments between functions; names of other things are told apart by who takes them."""
    others = {model._meta.label_lower for model in apps.get_models()} | set(all_rights())
    seen: set[str] = set()
    for path in files():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in {
                "configured",
                "get_model",
                "sweep",
                "sweep_named",
            }:
                others |= set(kinds_in(node))
        seen |= set(kinds_in(tree))
    assert {"leads.timed_out", "leads.idled_out"} <= seen
    assert seen - others - set(texts.event_kinds()) - set(texts.notice_kinds()) == set()


@pytest.mark.parametrize("kind", texts.event_kinds())
def test_an_event_without_its_parameters_still_reads(kind: str) -> None:
    text = texts.event_text(kind, {})
    assert text and text != kind
    assert "%(" not in text


@pytest.mark.parametrize("kind", texts.notice_kinds())
def test_a_notice_without_its_parameters_still_reads_and_leads_somewhere(kind: str) -> None:
    text = texts.notice_text(kind, {})
    assert text and text != kind
    assert "%(" not in text
    assert texts.notice_url(kind, {}, 1).startswith("/")


def test_every_icon_of_the_news_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "icons.svg").read_text()
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    asked = {texts.event_icon(kind) for kind in [*texts.event_kinds(), "unknown"]}
    asked |= {texts.notice_icon(kind) for kind in [*texts.notice_kinds(), "unknown"]}
    assert asked - there == set()
