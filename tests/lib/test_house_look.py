"""What must hold for every template and style sheet, so that the strict policy and both themes stay true."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "inline style": re.compile(r"<style|\sstyle\s*=", re.I),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=|hx-on|hx-vals=.js:|javascript:", re.I),
    "other site": re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=.https?:", re.I),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_templates_keep_scripts_and_styles_in_files(path: Path) -> None:
    text = path.read_text()
    found = {what: match.group(0) for what, rule in FORBIDDEN.items() if (match := rule.search(text))}
    assert not found


@pytest.mark.parametrize("name", NAMES)
def test_templates_compile(name: str) -> None:
    get_template(name)


def test_every_icon_named_in_a_template_or_a_registration_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "icons.svg").read_text()
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    asked = set()
    for path in TEMPLATES:
        asked |= set(re.findall(r'{%\s*(?:icon|empty|event)\s+"([^"]+)"', path.read_text()))
        asked |= set(re.findall(r'(?:icon|picture)="([^"{]+)"', path.read_text()))
    for app in ROOT.glob("*/apps.py"), ROOT.glob("salesflow/*/apps.py"):
        for path in app:
            asked |= set(
                re.findall(r'(?:NavItem|Action)\(\s*"[^"]+",[^"]*"[^"]*"\),\s*"([^"]+)"', path.read_text())
            )
    assert asked - there == set()


def test_the_dark_theme_is_the_same_by_choice_and_by_the_systems_wish() -> None:
    text = (ROOT / "static" / "css" / "tokens.css").read_text()
    chosen = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', text, re.S)
    wished = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', text, re.S)
    assert chosen and wished
    assert chosen.group(1).split() == wished.group(1).split()


def test_every_colour_used_is_named() -> None:
    sheets = [path.read_text() for path in (ROOT / "static" / "css").glob("*.css")]
    named = set(re.findall(r"(--[\w-]+)\s*:", "\n".join(sheets)))
    used = set(re.findall(r"var\((--[\w-]+)", "\n".join(sheets)))
    assert used - named == set()


def test_vendored_files_bring_their_licence_and_ask_for_no_source_maps() -> None:
    folders = [path for path in (ROOT / "static" / "vendor").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert (folder / "LICENSE").is_file(), folder.name
        for script in folder.glob("*.js"):
            assert "sourceMappingURL" not in script.read_text(), script.name
