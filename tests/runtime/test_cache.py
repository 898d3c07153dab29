"""The cache on Redis is a hint: without Redis it is empty, and quick about it."""

import time

import pytest

from salesflow.lib.cache import ForgivingRedisCache


@pytest.fixture
def cache(redis_server):
    return ForgivingRedisCache(redis_server.url, {})


def test_it_keeps_what_it_is_given(cache):
    cache.set("a", {"b": 1}, timeout=60)
    cache.set_many({"c": 2, "d": 3})
    assert cache.get("a") == {"b": 1}
    assert cache.get_many(["c", "d", "e"]) == {"c": 2, "d": 3}
    assert cache.get_or_set("f", lambda: 4) == 4
    assert cache.incr("f") == 5
    assert "a" in cache
    cache.delete("a")
    assert "a" not in cache


@pytest.mark.parametrize("way", ["stop", "freeze"])
def test_without_redis_it_is_empty(cache, redis_server, way):
    cache.set("a", 1)
    getattr(redis_server, way)()
    began = time.monotonic()
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_or_set("b", lambda: 7) == 7
    assert cache.get_many(["a"]) == {}
    assert "a" not in cache
    cache.set("a", 2)
    cache.delete("a")
    assert time.monotonic() - began < 1.5, "each call waits for the same absent server"
