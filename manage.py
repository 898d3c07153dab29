#!/usr/bin/env python3
"""The command line of SalesFlow."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == [
        "up"
    ]:  # the supervisor lives as long as the instance: it stays small, without Django
        from salesflow.runtime.up import main as up

        sys.exit(up(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesflow.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        sys.exit(f"The database cannot be reached; is the instance running (script/up)? {reason}")


if __name__ == "__main__":
    main()
