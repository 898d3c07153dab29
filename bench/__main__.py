"""`script/bench NAME …`: start a private instance, measure, print figures beside the bare baseline, end it."""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

from bench.instance import running
from bench.report import Report

NAMES = {
    "create": "leads by the API, one client and eight",
    "lists": "first page, deep page, owner and status; page and API",
    "board": "leads as a board: first lanes, further cards of one, beside the list",
    "plans": "that every list of leads is served by an index",
    "search": "common, rare, one Chinese character",
    "imports": "a generated CSV through the real pipeline, and the worker's memory",
    "exports": "every lead into CSV and XLSX, and the worker's memory",
    "rescore": "every lead, against one UPDATE of the rows that move",
    "assign": "10,000 leads with notices",
    "bulk": "5,000 leads reassigned by a job over REST, and the job undone",
    "duplicates": "all leads compared with each other",
    "timeout": "10,000 first contacts due at once, while reps work",
    "claims": "32 sessions contesting leads",
    "tracking": "page views of visitors, beside people at work, while processes are killed",
    "statements": "SQL statements of pages and deeds, for 10 and for 100 rows",
    "start": "first and second start, from the command to the first page",
    "memory": "of all processes, idle with the demo company",
}


def main(argv: list[str]) -> int:
    shown = "\n".join(f"  {name:11}{what}" for name, what in NAMES.items())
    parser = argparse.ArgumentParser(
        prog="script/bench", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=f"names:\n{shown}",
        description="Measure SalesFlow's own speed. Figures are medians; each stands beside a bare baseline of the"
        " same run.",
    )  # fmt: skip
    parser.add_argument("name", choices=NAMES, metavar="NAME")
    parser.add_argument("--leads", type=int, default=100_000, help="leads to measure with (default: 100,000)")
    parser.add_argument(
        "--data", type=Path, help="keep the instance and its leads here for the next run (default: temporary)"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    module = importlib.import_module(f"bench.{argv[0]}") if argv and argv[0] in NAMES else None
    if module is not None and hasattr(module, "arguments"):
        module.arguments(parser)
    options = parser.parse_args(argv)
    assert module is not None
    report = Report(options.name)
    if getattr(module, "STARTS_ITSELF", False):
        module.measure(report, options)
    elif options.data is not None:
        with running(options.data.absolute()) as instance:
            module.measure(instance, report, options)
    else:
        with tempfile.TemporaryDirectory(prefix="salesflow-bench-") as folder:
            Path(folder).chmod(0o711)
            with running(Path(folder) / "data") as instance:
                module.measure(instance, report, options)
    report.end(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
