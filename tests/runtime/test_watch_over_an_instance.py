"""What machines that watch over an instance are told."""

from datetime import timedelta

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from salesflow.runtime import health
from salesflow.runtime.middleware import ProxyMiddleware
from salesflow.runtime.models import Heartbeat, SweepRun


@pytest.fixture
def all_is_well(db, redis_server, settings):
    settings.REDIS_URL = redis_server.url
    SweepRun.objects.create(name="clocks.due", by="worker", finished_at=Now(), succeeded_at=Now())
    Heartbeat.objects.create(name="worker@here", pid=1)
    Heartbeat.objects.create(name="scheduler@here", pid=2)
    return redis_server


def _ready(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["status"], answer.json()["checks"]


def test_the_process_answers_without_database(client):
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_all_is_well(client, all_is_well):
    status, word, checks = _ready(client)
    assert (status, word) == (200, "ok"), checks
    assert set(checks) == {"database", "migrations", "redis", "last_sweep", "worker", "scheduler"}


def test_without_redis_pages_are_still_served(client, all_is_well):
    all_is_well.stop()
    status, word, checks = _ready(client)
    assert (status, word, checks["redis"]) == (200, "degraded", "unreachable")


def test_a_late_sweep_and_silent_processes_are_named(client, all_is_well):
    SweepRun.objects.update(succeeded_at=Now() - timedelta(seconds=75))
    Heartbeat.objects.filter(pk="worker@here").update(at=Now() - timedelta(minutes=1))
    status, word, checks = _ready(client)
    assert (status, word) == (200, "degraded")
    assert checks["last_sweep"] == "75 s ago"
    assert checks["worker"] == "silent"
    assert checks["scheduler"] == "ok"


def test_without_migrations_no_page_can_be_served(client, all_is_well, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'runtime'")
    status, word, checks = _ready(client)
    assert (status, word, checks["migrations"]) == (503, "down", "pending")


def test_figures_for_prometheus_are_open_here_and_behind_a_token_in_production(client, all_is_well):
    text = client.get("/metrics").content.decode()
    assert 'salesflow_sweep_age_seconds{sweep="clocks.due"}' in text
    assert 'salesflow_heartbeat_age_seconds{process="worker@here"}' in text

    with override_settings(PRODUCTION=True):
        assert client.get("/metrics").status_code == 404
    with override_settings(METRICS_TOKEN="so-secret"):
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer so-secret"}).status_code == 200


def test_each_answer_and_its_events_carry_an_id_of_ours(client):
    one, two = (client.get("/livez", headers={"X-Request-ID": "chosen-by-a-stranger"}) for _turn in range(2))
    assert len(one["X-Request-ID"]) == 32
    assert one["X-Request-ID"] != two["X-Request-ID"]


def test_an_id_given_by_a_trusted_proxy_is_kept_if_it_is_one(client):
    with override_settings(TRUST_PROXY=True):
        assert (
            client.get("/livez", headers={"X-Request-ID": "edge-0123456789"})["X-Request-ID"]
            == "edge-0123456789"
        )
        assert len(client.get("/livez", headers={"X-Request-ID": "a b\tc"})["X-Request-ID"]) == 32


def test_the_visitor_behind_a_trusted_proxy_is_whom_the_proxy_names():
    seen = []

    def page(request):
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    with override_settings(TRUST_PROXY=True):
        door = ProxyMiddleware(page)
    for forwarded in ("1.1.1.1, 203.0.113.9", "not an address", ""):
        door(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.1"))
    assert seen == ["203.0.113.9", "10.0.0.1", "10.0.0.1"]
    with override_settings(TRUST_PROXY=False), pytest.raises(MiddlewareNotUsed):
        ProxyMiddleware(page)
