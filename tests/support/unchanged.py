"""Whether anything in the database has changed, asked quickly enough to be asked after every refused request."""

from django.db import connection

#: Noted beside the deed: when a token was last used, what a browser's session remembers.
ASIDE = ("people_apitoken", "django_session")
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_ONE = "SELECT %s AS name, count(*) AS rows, coalesce(sum(xmin::text::bigint), 0) AS versions FROM %s"


def versions_prepare() -> None:
    """Prepare `versions` for this connection: one statement over all tables, planned once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = 'versions'")
        if cursor.fetchone():
            return
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall() if name not in ASIDE]
        quoted = ((f"'{name}'", connection.ops.quote_name(name)) for name in names)
        cursor.execute("PREPARE versions AS " + " UNION ALL ".join(_ONE % pair for pair in quoted))


def versions() -> dict[str, tuple[int, int]]:
    """Each table with the number of its rows and the sum of their versions: any insert, update or delete moves it."""
    with connection.cursor() as cursor:
        cursor.execute("EXECUTE versions")
        return {name: (rows, sum_) for name, rows, sum_ in cursor.fetchall()}
