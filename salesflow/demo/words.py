"""What people of the demo company say and write, in English and Chinese (`words.json`); every name is invented."""

import json
import random
import re
from functools import cache
from pathlib import Path
from typing import Any

_HAN = re.compile("[\u4e00-\u9fff]")


@cache
def _all() -> dict[str, Any]:
    words: dict[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
    return words


def is_chinese(text: str) -> bool:
    return _HAN.search(text) is not None


class Speaker:
    """Finds words for one story; says nothing twice while there is something else to say."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.used: set[str] = set()

    def say(self, *path: str, to: str, **names: object) -> str:
        """One of the sentences under this path, in the language of a name, with the names filled in."""
        found: Any = _all()
        for part in path:
            found = found[part]
        fitting = [text for text in found if is_chinese(text) == is_chinese(to)]
        chosen = self.dice.choice([text for text in fitting if text not in self.used] or fitting)
        self.used.add(chosen)
        return chosen.format(**names)
