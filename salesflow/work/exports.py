"""Which lists leave as files: each app declares its own, and `services.exports` writes them.

register_exports(LeadList(), PoolLeadList())
"""

from salesflow.lib.lists import ListSpec

_lists: dict[str, ListSpec] = {}


def register_exports(*specs: ListSpec) -> None:
    """Let these lists out, each known by the name of its views and for who has the right it names."""
    for spec in specs:
        assert spec.exports, f"{spec.views_key} names no right to export it"
        _lists[spec.views_key] = spec


def export_list(name: str) -> ListSpec | None:
    return _lists.get(name)


def export_lists() -> list[ListSpec]:
    return list(_lists.values())
