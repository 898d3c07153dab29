"""Proportional memory (PSS) of all processes of an instance, idle with the demo company."""

import time
from pathlib import Path
from typing import Any

from bench.client import Client
from bench.fill import person
from bench.instance import Instance, children, command
from bench.report import Report

IDLE_SECONDS = 30


def measure(instance: Instance, report: Report, options: Any) -> None:
    browser = Client(instance, person("admin"), page=True)
    for _turn in range(20):  # each web process has served pages
        browser.get("/leads/")
        Client(instance, person("rep1"), page=True).get("/")
    del browser
    time.sleep(IDLE_SECONDS)
    kinds: dict[str, float] = {}
    for pid in children(instance.pid):
        kind = _kind(command(pid))
        kinds[kind] = kinds.get(kind, 0) + _pss(pid)
    report.say("all processes", sum(kinds.values()), "MB", goal="≤ 700 MB")
    for kind, megabytes in sorted(kinds.items(), key=lambda each: -each[1]):
        report.say(f"  {kind}", megabytes, "MB")


def _kind(line: str) -> str:
    words = {
        "gunicorn": "web",
        "celery": "worker",
        "scheduler": "scheduler",
        "redis": "Redis",
        "postgres": "PostgreSQL",
    }
    for word, kind in words.items():
        if word in line:
            return kind
    return "supervisor"


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
