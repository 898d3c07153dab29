"""Models for other trades that an administrator may add as drafts."""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

_FOLDER = Path(__file__).parent / "models"


def example_names() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def example_model(name: str) -> dict[str, Any]:
    """The fields of an example; KeyError for an unknown one."""
    if name not in example_names():
        raise KeyError(name)
    fields: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return fields


#: Labels of the examples that no other model has, for the catalogues: those of files are not collected.
LABELS = (
    _("Online courses"), _("Occupation"), _("How they came"), _("Field of study named"), _("City named"),
    _("Pages per visit"),
)  # fmt: skip
