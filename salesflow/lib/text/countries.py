"""One code for every spelling of a country: `CN` for China, 中国, cn, CHN."""

from functools import cache

from babel import Locale

from salesflow.lib.text.fold import bare, fold

LANGUAGES = ("en", "zh_Hans", "de", "fr", "es")
#: Spellings common in files of leads that the tables of names do not hold.
OTHER = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "uae": "AE",
    "prc": "CN",
    "p.r. china": "CN",
    "pr china": "CN",
    "mainland china": "CN",
    "中华人民共和国": "CN",
    "korea": "KR",
    "republic of korea": "KR",
    "czech republic": "CZ",
    "russian federation": "RU",
    "viet nam": "VN",
    "holland": "NL",
    "hong kong": "HK",
    "香港": "HK",
    "macao": "MO",
    "macau": "MO",
    "澳门": "MO",
    "turkey": "TR",
    "ivory coast": "CI",
}


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes.setdefault(bare(fold(name)), code)
                codes[code.lower()] = code
    return codes | OTHER


def country_code(name: str | None) -> str | None:
    """The ISO 3166 code of a country however it is written (English, Chinese, German, French, Spanish), or None."""
    return _codes().get(bare(fold(name))) if name else None
