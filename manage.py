#!/usr/bin/env python3
"""The command line of SalesFlow."""

import os
import sys
from pathlib import Path


def main() -> None:
    if sys.argv[1:2] == [
        "up"
    ]:  # the supervisor lives as long as the instance: it stays small, without Django
        from salesflow.runtime.up import main as up

        sys.exit(up(sys.argv[2:]))
    _choose_instance()
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


def _choose_instance() -> None:
    """`--data DIR` names the instance for every command; settings read it from the environment."""
    words, folder = sys.argv, None
    for place, word in enumerate(words[2:], 2):
        if word == "--":
            break
        if word == "--data" and place + 1 < len(words):
            folder, sys.argv = words[place + 1], words[:place] + words[place + 2 :]
        elif word.startswith("--data="):
            folder, sys.argv = word.removeprefix("--data="), words[:place] + words[place + 1 :]
        if folder is not None:
            break
    if folder is None:
        return
    data = Path(folder).expanduser().absolute()
    if not (data / "instance.json").exists() and "DATABASE_URL" not in os.environ:
        sys.exit(f"There is no instance in {data}; script/up --data {data} makes one.")
    os.environ["SALESFLOW_DATA"] = str(data)


if __name__ == "__main__":
    main()
