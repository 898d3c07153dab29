"""What every import takes over REST, whatever its rows become."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ParseError

from salesflow.lib.api.parsers import strict_json
from salesflow.lib.api.shapes import Body

SHOWN_CELL = 200


def sample_shown(job: Any) -> list[list[str]]:
    """The cells of the first rows, as an answer shows them."""
    return [[cell[:SHOWN_CELL] for cell in row["cells"]] for row in job.sample]


class JSONText(serializers.JSONField):
    """JSON as a part of a form, read as strictly as a body."""

    default_error_messages: ClassVar = {"unreadable": "{reason}"}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str | bytes):
            return data
        try:
            return strict_json(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
        except ParseError as error:
            self.fail("unreadable", reason=error.detail)


class ReadingBody(Body):
    """How the file is to be read; what is left out is found out anew."""

    encoding = serializers.CharField(required=False, max_length=40)
    delimiter = serializers.CharField(required=False, max_length=5, trim_whitespace=False)
    sheet = serializers.CharField(required=False, max_length=255, trim_whitespace=False)
    header_row = serializers.IntegerField(required=False, min_value=0, max_value=100)
