"""HTML that a process keeps as it was last drawn, by everything it was drawn from."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: Stands where the token against forged forms goes, which differs from request to request.
MARK = "here-goes-the-token-of-the-request"


class Kept:
    """So many pieces of HTML, the ones used last."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._pieces: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pieces)

    def piece(self, request: HttpRequest, key: Hashable, draw: Callable[[], str]) -> SafeString:
        """What `draw()` gave when it was asked for this `key`, with the token of this request in place of `MARK`.

        The key must name everything the piece is drawn from.
        """
        with self._lock:
            html = self._pieces.get(key)
            if html is not None:
                self._pieces.move_to_end(key)
        if html is None or settings.DEBUG:
            html = draw()
            with self._lock:
                self._pieces[key] = html
                while len(self._pieces) > self.most:
                    self._pieces.popitem(last=False)
        if MARK in html:
            html = html.replace(MARK, str(format_html("{}", get_token(request))))
        return mark_safe(html)  # noqa: S308, drawn by a template
