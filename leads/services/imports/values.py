"""From the cells of one row to the values of a lead."""

from collections.abc import Mapping, Sequence
from typing import Any

from leads.services.imports.mapping import Columns

JOIN = ", "


class RowReader:
    """Reads rows by one mapping; made once per run.

    `placeholders` are values that mean empty, such as `Select`. Several columns to one target are joined in the
    order of the file.
    """

    def __init__(self, header: Sequence[str], columns: Columns, placeholders: Sequence[str]) -> None:
        self.empty = {word.strip().casefold() for word in placeholders}
        self.sources: dict[str, list[int]] = {}
        for place, name in enumerate(header):
            for target in columns.get(name, []):
                self.sources.setdefault(target, []).append(place)

    def values(self, cells: Sequence[str]) -> dict[str, Any]:
        """Field -> text, with `custom` and `behaviour` as mappings; empty cells are left out."""
        values: dict[str, Any] = {}
        for target, places in self.sources.items():
            parts = [text for place in places if (text := self._cell(cells, place))]
            if not parts:
                continue
            _put(values, target, JOIN.join(dict.fromkeys(parts)))
        return values

    def _cell(self, cells: Sequence[str], place: int) -> str:
        text = cells[place].strip() if place < len(cells) else ""
        return "" if text.casefold() in self.empty else text


def _put(values: dict[str, Any], target: str, text: str) -> None:
    group, dot, key = target.partition(".")
    if not dot:
        values[target] = _yes_no(text) if target == "outcome" else text
        return
    inner = values.setdefault(group, {})
    assert isinstance(inner, dict)
    inner[key] = text


def _yes_no(text: str) -> str:
    words: Mapping[str, str] = {"yes": "1", "true": "1", "no": "0", "false": "0", "是": "1", "否": "0"}
    return words.get(text.casefold(), text)
