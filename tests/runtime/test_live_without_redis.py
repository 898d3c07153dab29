"""With Redis away an instance starts, serves pages and sweeps; with Redis back the workers take over by themselves."""

import pytest

from tests.support.instance import started_copy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.processes


def test_sweeps_go_on_without_redis_and_return_to_the_workers_with_it(prepared_data, instances, redis_server):
    redis_server.stop()
    live = started_copy(prepared_data, instances, env={"REDIS_URL": redis_server.url})
    try:
        assert live.get("/sign-in/")[0] == 200

        def swept_by(who: str) -> bool:
            return live.sql(
                "SELECT count(*) FROM runtime_sweeprun WHERE by = %s AND succeeded_at > now() - interval '8 s'",
                who,
            ) > [(0,)]

        live.sql("DELETE FROM runtime_sweeprun")
        wait_until(
            lambda: swept_by("scheduler"), "the scheduler sweeps", 60, tell=lambda: live.log("scheduler")
        )
        assert live.health()["checks"]["redis"] == "unreachable"

        redis_server.start()
        wait_until(
            lambda: swept_by("worker"), "the workers sweep", 60, tell=lambda: live.log("worker")[-2000:]
        )
        live.wait_healthy()
        assert live.stop() == 0
        assert "did not stop by itself" not in live.said()
    finally:
        live.clear()
