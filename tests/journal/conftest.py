"""Alice and Bob sell under Mona, Charlie sells elsewhere; each has a browser."""

from tests.api.conftest import cast
from tests.support.pages import browse

__all__ = ["browse", "cast"]
