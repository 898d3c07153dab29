"""PostgreSQL and Redis carried along in Python packages, started by us. Django is not imported in this package."""

from salesflow.runtime.embedded.account import Account, database_account, own_folder
from salesflow.runtime.embedded.binaries import Binaries, binaries_for
from salesflow.runtime.embedded.postgres import Postgres
from salesflow.runtime.embedded.redis import Redis

__all__ = ["Account", "Binaries", "Postgres", "Redis", "binaries_for", "database_account", "own_folder"]
