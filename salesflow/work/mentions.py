"""People named in a text: `@[Name](user:12)` as it is kept, `@Name` as it is read, a chip as it is drawn."""

import re
from collections.abc import Iterable, Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: How a mention is kept: the name is that of the moment of writing, the id counts.
TOKEN = re.compile(r"@\[([^\[\]\n]{1,120})\]\(user:([0-9]{1,18})\)")
#: What people type: the first part of an e-mail address, or the whole of it.
HANDLE = re.compile(
    r"(?<![\w@.+-])@([A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9])?(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?)"
    r"(?![A-Za-z0-9@])"
)
_NO_NAME = re.compile(r"[\[\]()\n\r]+")


def token(name: str, id_: int) -> str:
    return f"@[{_NO_NAME.sub(' ', name).strip()[:120] or id_}](user:{id_})"


def mention_ids(text: str) -> list[int]:
    """Whom a kept text names, each once, in its order."""
    return list(dict.fromkeys(int(found[2]) for found in TOKEN.finditer(text)))


def mentions_of(texts: Iterable[str]) -> set[int]:
    """Whom any of these texts names."""
    return {id_ for text in texts for id_ in mention_ids(text)}


def mentions_plain(text: str, names: Mapping[int, str] | None = None) -> str:
    """The text as one reads it aloud; with the names of now, where they are given."""
    known = names or {}
    return TOKEN.sub(lambda found: f"@{known.get(int(found[2]), found[1])}", text)


def mentions_drawn(text: str, names: Mapping[int, str]) -> SafeString:
    """The text as HTML, escaped, with a chip for each person by the name of now."""
    drawn, place = [], 0
    for found in TOKEN.finditer(text):
        name = names.get(int(found[2]), found[1])
        drawn += [escape(text[place : found.start()]), f'<span class="mention">@{escape(name)}</span>']
        place = found.end()
    return mark_safe("".join([*drawn, escape(text[place:])]))  # noqa: S308, each part is escaped
