"""The direction of the house: what may import what, walked through every module."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = [
    "salesflow.lib", "salesflow.journal", "salesflow.people", "salesflow.outbox", "salesflow.files", "salesflow.clocks",
    "salesflow.work", "leads", "contacts", "proposals", "deals", "aftersales", "performance", "salesflow.demo",
    "salesflow.runtime",
]  # fmt: skip
ROOMS_WITHOUT_HTTP = ("models", "querysets", "policies", "services")
DOORS = ("forms", "views", "api", "admin", "urls")


def app_of(module: str) -> str | None:
    return next((app for app in ORDER if module == app or module.startswith(f"{app}.")), None)


def modules() -> list[tuple[str, Path]]:
    found = []
    for app in ORDER:
        folder = ROOT / app.replace(".", "/")
        for path in sorted(folder.rglob("*.py")):
            if "migrations" in path.parts:
                continue
            dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found.append((dotted, path))
    return found


def imports_of(path: Path) -> set[str]:
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            named.add(node.module)
            named |= {f"{node.module}.{alias.name}" for alias in node.names}
    return named


MODULES = modules()


def test_the_walk_finds_the_house():
    assert len(MODULES) > 150
    assert {app_of(name) for name, _path in MODULES} == set(ORDER)


@pytest.mark.parametrize("app", ORDER)
def test_nothing_is_imported_from_the_right(app: str):
    wrong = [
        f"{name} imports {target}"
        for name, path in MODULES
        if app_of(name) == app
        for target in imports_of(path)
        if (other := app_of(target)) is not None and ORDER.index(other) > ORDER.index(app)
    ]
    assert wrong == []


def test_rules_know_no_doors():
    wrong = []
    for name, path in MODULES:
        app = app_of(name)
        assert app is not None
        room = name.removeprefix(app).strip(".").split(".")[0]
        if room not in ROOMS_WITHOUT_HTTP:
            continue
        for target in imports_of(path):
            other = app_of(target)
            inside = target.removeprefix(other).strip(".").split(".")[0] if other else ""
            if target.startswith(("rest_framework", "django.shortcuts")) or (
                other == app and inside in DOORS
            ):
                wrong.append(f"{name} imports {target}")
    assert wrong == []
