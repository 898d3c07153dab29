"""The past leads of an online course seller, read as the importer's mapping says.

The file is not part of SalesFlow (its licence forbids shipping it); it is looked for beside the checkout. Columns that
staff filled in after the fact (Tags, Lead Quality, Lead Profile, Asymmetrique …, Last Activity, Last Notable Activity)
are not read at all.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from leads.models import Lead

FILE = Path(__file__).resolve().parents[2] / "shared/data/x_education_leads/Lead Scoring.csv"
FACTS = {
    "source_detail": "Lead Source",
    "industry": "Specialization",
    "country": "Country",
    "city": "City",
}
BEHAVIOUR = {
    "visits": "TotalVisits",
    "site_seconds": "Total Time Spent on Website",
    "pages_per_visit": "Page Views Per Visit",
}
OCCUPATION = "What is your current occupation"


def past_leads() -> Iterator[Lead]:
    """Unsaved leads with their outcome, in the order of the file."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            cell = {name: "" if text.strip() == "Select" else text.strip() for name, text in row.items()}
            yield Lead(
                external_id=cell["Lead Number"],
                contact_name=cell["Lead Number"],
                outcome=int(cell["Converted"]),
                custom={"occupation": cell[OCCUPATION]} if cell[OCCUPATION] else {},
                behaviour={key: cell[name] for key, name in BEHAVIOUR.items() if cell[name]},
                **{field: cell[name] for field, name in FACTS.items()},
            )
