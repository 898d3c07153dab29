"""Alice and Bob sell under Mona, Charlie sells elsewhere; each has a browser and speaks REST."""

from tests.api.conftest import call, cast
from tests.support.pages import browse

__all__ = ["browse", "call", "cast"]
