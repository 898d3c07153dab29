"""Reading JSON strictly: what cannot be stored or has two meanings is refused at the door."""

import json
import math
import re
from typing import Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from salesflow.lib.api.problems import TooLarge

#: Escapes of the null character and of halves of surrogate pairs, neither of which PostgreSQL can hold.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_HALF = re.compile("[\ud800-\udfff\x00]")


class StrictJSONParser(BaseParser):
    """UTF-8 only, of bounded size and depth, without NaN, infinities, double keys or text that is no text."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return strict_json(read_limited(stream, settings.API_BODY_BYTES, parser_context))


class TextParser(BaseParser):
    """A body that is one text, UTF-8, of bounded size; a subclass names its type."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> str:
        try:
            return read_limited(stream, settings.API_BODY_BYTES, parser_context).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None


class YAMLParser(TextParser):
    """YAML as RFC 9512 names it; who reads it is strict (`salesflow.lib.yaml_text`)."""

    media_type = "application/yaml"


class PlainTextParser(TextParser):
    """For tools that know no name for YAML."""

    media_type = "text/plain"


def strict_json(raw: bytes) -> Any:
    """What these bytes say as JSON; raises ParseError for what the parser above does not take."""
    try:
        text = raw.decode("utf-8-sig")
        data = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_no_double
        )
    except UnicodeDecodeError:
        raise ParseError(_("The body is not UTF-8.")) from None
    except RecursionError:
        raise ParseError(_("The body is nested too deeply.")) from None
    except ValueError as error:
        raise ParseError(_("The body is not JSON: %s") % error) from None
    if "\x00" in text or (_SUSPECT.search(text) and _holds_half(data)):
        raise ParseError(_("The body holds characters that are no text."))
    return data


def read_limited(stream: Any, limit: int, parser_context: Any) -> bytes:
    """The whole body, or a 413 as soon as it is known to be larger than `limit` bytes."""
    request = (parser_context or {}).get("request")
    told = request.META.get("CONTENT_LENGTH", "") if request is not None else ""
    if str(told).isdigit() and int(told) > limit:
        raise TooLarge(limit)
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge(limit)
    return raw


def _no_constant(name: str) -> NoReturn:
    raise ValueError(_("%s is no number") % name)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_constant(text)


def _no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(_("a name stands twice in one object"))
    return made


def _holds_half(data: Any) -> bool:
    """Whether any text in it holds a null or half a surrogate pair; iterative, since the depth is the caller's."""
    left = [data]
    while left:
        value = left.pop()
        if isinstance(value, str):
            if _HALF.search(value):
                return True
        elif isinstance(value, dict):
            left.extend(value)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return False
