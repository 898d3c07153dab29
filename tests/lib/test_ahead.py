"""The next piece is prepared while the present one is being worked on, in order, in the caller's language."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.lib.ahead import one_ahead


def test_pieces_come_in_order_and_one_is_ready_before_it_is_asked_for() -> None:
    made: list[int] = []
    ready = threading.Semaphore(0)

    def pieces() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            ready.release()
            yield number

    with closing(one_ahead(pieces())) as ahead:
        for number in ahead:
            assert ready.acquire(timeout=5)
            if number < 3:
                assert ready.acquire(timeout=5), "the next is made meanwhile"
                ready.release()
            assert made[-1] == min(number + 1, 3), "and no more than one"


def test_they_are_made_in_the_language_of_the_caller() -> None:
    with translation.override("zh-hans"), closing(one_ahead(_("Saved.") for _each in range(1))) as ahead:
        assert list(ahead) == [_("Saved.")]


def test_what_goes_wrong_is_raised_where_the_piece_is_wanted() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    ahead = one_ahead(pieces())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_leaving_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with closing(one_ahead(iter(range(1000)))) as ahead:
        assert next(ahead) == 0
    assert threading.active_count() == before
