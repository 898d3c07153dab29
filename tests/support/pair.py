"""Each test process takes a PostgreSQL and a Redis of its own, where `script/test` has started several.

Loaded before the settings are read (`-p tests.support.pair`). What looks at a whole server (oldest transactions, locks,
tables of statistics) is then not disturbed by the tests beside it.
"""

import json
import os

pairs = json.loads(os.environ.get("SALESFLOW_PAIRS", "[]"))
if pairs:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ.update(pairs[number % len(pairs)])
