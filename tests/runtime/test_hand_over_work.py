"""Work is handed to Celery after commit; an absent, dead or frozen Redis never breaks or delays the page."""

import time

import pytest
from celery import shared_task
from django.db import transaction

from salesflow.lib.queue import enqueue, reset
from tests.support.servers import RedisServer


@shared_task
def errand(number: int) -> None:
    """Never run here: only its publication is looked at."""


def _waiting(server: RedisServer) -> int:
    import redis

    return redis.Redis.from_url(server.url).llen("celery")


def test_it_is_published_once_the_transaction_has_committed(transactional_db, redis_server):
    with transaction.atomic():
        enqueue(errand, 7)
        assert _waiting(redis_server) == 0
    assert _waiting(redis_server) == 1


def test_it_is_not_published_when_the_transaction_is_rolled_back(transactional_db, redis_server):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(errand, 7)
        raise ZeroDivisionError
    assert _waiting(redis_server) == 0


@pytest.mark.parametrize("way", ["kill", "freeze"])
def test_without_redis_the_page_goes_on_within_a_second(transactional_db, redis_server, way):
    enqueue(errand, 1)  # a connection stands in the pool
    assert _waiting(redis_server) == 1
    getattr(redis_server, way)()
    began = time.monotonic()
    enqueue(errand, 2)
    assert time.monotonic() - began < 1.5
    began = time.monotonic()
    for number in range(20):
        enqueue(errand, number)
    assert time.monotonic() - began < 0.1, "each page waits for the same absent broker"


def test_after_redis_came_back_work_is_published_again(transactional_db, redis_server):
    enqueue(errand, 1)
    redis_server.stop()
    enqueue(errand, 2)
    redis_server.start()
    reset()
    enqueue(errand, 3)
    assert _waiting(redis_server) == 2
