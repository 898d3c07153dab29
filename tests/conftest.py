"""What every test may ask for; run them with `script/test`, which brings PostgreSQL and Redis along."""

pytest_plugins = ["tests.support.database", "tests.support.servers", "tests.support.browser"]
