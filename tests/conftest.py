"""What every test may ask for; run them with `script/test`, which brings PostgreSQL and Redis along."""

pytest_plugins = [
    "tests.support.settings",
    "tests.support.database",
    "tests.support.servers",
    "tests.support.instance",
    "tests.support.browser",
    "tests.support.order",
]
