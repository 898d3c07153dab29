"""From the cells of one row to the values of a lead."""

from collections.abc import Mapping, Sequence
from typing import Any

from leads.services.imports.mapping import NAME_TARGETS, Columns
from salesflow.lib.text.fold import has_han

JOIN = ", "
#: What files call a known outcome.
OUTCOMES: Mapping[str, str] = {
    "yes": "1", "y": "1", "true": "1", "won": "1", "converted": "1", "是": "1", "成交": "1", "已成交": "1",
    "no": "0", "n": "0", "false": "0", "lost": "0", "否": "0", "未成交": "0", "流失": "0",
}  # fmt: skip


class RowReader:
    """Reads rows by one mapping; made once per run.

    `placeholders` are values that mean empty, such as `Select`. Several columns to one target are joined in the
    order of the file.
    """

    def __init__(self, header: Sequence[str], columns: Columns, placeholders: Sequence[str]) -> None:
        self.empty = {word.strip().casefold() for word in placeholders}
        self.longest = max(map(len, self.empty), default=0)
        sources: dict[str, list[int]] = {}
        for place, name in enumerate(header):
            for target in columns.get(name, []):
                sources.setdefault(target, []).append(place)
        self.names = [sources.pop(target, []) for target in NAME_TARGETS]
        self.plan = [(*_split(target), places) for target, places in sources.items()]

    def values(self, cells: Sequence[str]) -> dict[str, Any]:
        """Field -> text, with `custom` and `behaviour` as mappings; empty cells are left out."""
        values: dict[str, Any] = {}
        for group, key, places in self.plan:
            text = self._joined(cells, places)
            if not text:
                continue
            if group:
                values.setdefault(group, {})[key] = text
            else:
                values[key] = OUTCOMES.get(text.casefold(), text) if key == "outcome" else text
        if "contact_name" not in values and (name := self._name(cells)):
            values["contact_name"] = name
        return values

    def _name(self, cells: Sequence[str]) -> str:
        """The parts of a name put together: `Ann` and `Li` are Ann Li, 小明 and 王 are 王小明."""
        first, last = (self._joined(cells, places, " ") for places in self.names)
        if has_han(first) and has_han(last):
            return last + first
        return f"{first} {last}".strip()

    def _joined(self, cells: Sequence[str], places: Sequence[int], joint: str = JOIN) -> str:
        if len(places) == 1:
            return self._cell(cells, places[0])
        parts = [text for place in places if (text := self._cell(cells, place))]
        return joint.join(dict.fromkeys(parts))

    def _cell(self, cells: Sequence[str], place: int) -> str:
        text = cells[place].strip() if place < len(cells) else ""
        return "" if len(text) <= self.longest and text.casefold() in self.empty else text


def _split(target: str) -> tuple[str, str]:
    group, _dot, key = target.rpartition(".")
    return group, key
