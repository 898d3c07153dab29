"""From the command to the first page: the first start from nothing (with the demo company), and later ones."""

import tempfile
from pathlib import Path
from typing import Any

from bench.instance import running
from bench.report import Report, seconds_of

STARTS_ITSELF = True


def measure(report: Report, options: Any) -> None:
    import subprocess
    import sys

    bare = seconds_of(lambda: subprocess.run([sys.executable, "-c", "import django, celery"], check=True))
    with tempfile.TemporaryDirectory(prefix="salesflow-bench-") as folder:
        Path(folder).chmod(0o711)
        for name, goal in (
            ("first start, nothing there", "≤ 60 s"),
            ("second start", "≤ 10 s"),
            ("third start", "≤ 10 s"),
        ):
            with running(Path(folder) / "data", setup=False) as instance:
                report.say(
                    name, instance.seconds or 0, "s", goal=goal, baseline=bare,
                    baseline_name="python -c 'import django, celery'",
                )  # fmt: skip
