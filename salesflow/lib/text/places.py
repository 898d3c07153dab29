"""Chinese provinces and prefecture cities, for folding them out of company names.

Names after the divisions published by the National Bureau of Statistics. Names that are everyday words or that
begin many trade names (朝阳, 白银, 黄山, 中山 …) count only with their 市.
"""

from .words import word_list

_PROVINCES = word_list("provinces")
_REGIONS = word_list("regions")
_MUNICIPALITIES = word_list("municipalities")
_COUNTRIES = word_list("special regions")
_CITIES = word_list("cities")
_ONLY_WITH_CITY = word_list("cities with 市")


def _spellings() -> frozenset[str]:
    names = {*_MUNICIPALITIES, *_PROVINCES, *_REGIONS, *_CITIES, *_COUNTRIES}
    names |= {f"{name}市" for name in (*_MUNICIPALITIES, *_CITIES, *_ONLY_WITH_CITY)}
    names |= {f"{name}省" for name in _PROVINCES} | {f"{name}自治区" for name in _REGIONS}
    return frozenset(names - {"吉林"}) | {"吉林省", "香港特别行政区", "澳门特别行政区"}


PLACES = _spellings()
LONGEST = max(map(len, PLACES))


def place_prefix(name: str) -> int:
    """How many characters at the start of a (simplified) name are a place: `广东省深圳市…` is 6; 0 if none.

    After a spelled-out city its district (`南山区`, `浦东新区`) counts too.
    """
    at = 0
    while length := _one_place(name, at):
        at += length
    if at and name[at - 1] == "市":
        for length in (3, 4, 2):
            if name[at + length - 1 : at + length] in ("区", "县"):
                return at + length
    return at


def _one_place(name: str, at: int) -> int:
    for length in range(min(LONGEST, len(name) - at), 1, -1):
        if name[at : at + length] in PLACES:
            return length
    return 0
