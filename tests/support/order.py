"""Which files of tests come first: those that take longest, so that no process is left with one of them at the end.

Tests side by side take whole files in this order (`script/test`).
"""

from itertools import chain, zip_longest
from pathlib import Path

import pytest

WHOLE_PRODUCT = Path(__file__).parent.parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start processes or walk over the whole product, each followed by one of the others, then the rest."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [path for path, its in files.items() if _is_long(path, its)]
    short = [path for path in files if path not in long]
    pairs = zip_longest(long, short)
    items[:] = chain.from_iterable(files[path] for path in chain.from_iterable(pairs) if path is not None)


def _is_long(path: Path, items: list[pytest.Item]) -> bool:
    return path.parent == WHOLE_PRODUCT or any(item.get_closest_marker("processes") for item in items)
