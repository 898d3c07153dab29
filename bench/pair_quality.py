"""How well the comparer finds pairs in public sets whose pairs are known; it is told the columns and nothing else.

SALESFLOW_SHARED_DATA=DIR python -m bench.pair_quality
"""

import csv
import os
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from salesflow.lib.pairs import pairs_of

Table = tuple[list[dict[str, str]], set[tuple[int, int]]]
RESTAURANTS = ("name", "address", "city", "phone", "type")
PERSONS = (
    "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
    "date_of_birth", "soc_sec_id",
)  # fmt: skip


def restaurants(folder: Path) -> Table:
    """Fodor's and Zagat's; the places of the rows that are one."""
    with (folder / "restaurants.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    place = {int(row["id"]): at for at, row in enumerate(rows)}
    listed = set(map(int, (folder / "restaurants_gs_dubs.txt").read_text().split()))
    return rows, {(place[one], place[one + 1]) for one in listed if one % 2 and one + 1 in listed}


def persons(file: Path) -> Table:
    """Febrl; the number in the record's id is the person."""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines, skipinitialspace=True))
    places: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        places[row["rec_id"].split("-")[1]].append(at)
    return rows, {pair for same in places.values() for pair in combinations(same, 2)}


def quality(columns: Iterable[str], table: Table) -> tuple[float, float]:
    """Precision and recall of the pairs found."""
    rows, known = table
    found = {(pair.first, pair.second) for pair in pairs_of(list(columns), rows)}
    return len(found & known) / len(found), len(found & known) / len(known)


def main() -> None:
    folder = Path(os.environ["SALESFLOW_SHARED_DATA"])
    for name, columns, table in (
        ("restaurants", RESTAURANTS, restaurants(folder / "restaurants")),
        ("Febrl 1", PERSONS, persons(folder / "febrl/dataset1.csv")),
        ("Febrl 2", PERSONS, persons(folder / "febrl/dataset2.csv")),
    ):
        started = time.perf_counter()
        precision, recall = quality(columns, table)
        seconds = time.perf_counter() - started
        print(f"{name:12} precision {precision:.3f}  recall {recall:.3f}  {seconds:.1f} s")


if __name__ == "__main__":
    main()
