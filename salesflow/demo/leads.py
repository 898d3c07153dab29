"""Who the leads of the demo company are: people at firms, believable and each there once."""

import random
from typing import Any

from salesflow.demo import names
from salesflow.demo.company import Company
from salesflow.demo.words import Speaker, is_chinese
from salesflow.lib.text.companies import company_key
from salesflow.lib.text.pinyin import syllables

#: What makes a lead worth calling first: bounds of budget, days to the decision and need fit; None is not known.
PROFILES: dict[str, dict[str, tuple[Any, ...]]] = {
    "hot": {
        "budget": (300_000, 480_000, 650_000, 1_200_000),
        "decision_timeframe_days": (14, 30, 45, 60),
        "need_fit": (75, 85, 90, 95),
    },
    "warm": {
        "budget": (None, 6_000, 35_000, 60_000, 110_000),
        "decision_timeframe_days": (None, 120, 150, 180, 300),
        "need_fit": (25, 40, 45, 50),
    },
    "cold": {
        "budget": (None, None, None, 5_000),
        "decision_timeframe_days": (None, None, 365, 540),
        "need_fit": (None, None, 10, 15, 20),
    },
}
#: Positions in the order of `company_make`'s sources: show, referral, partner, website, search ads.
SOURCES = {"hot": (0, 1, 1, 2, 3), "warm": (0, 0, 1, 2, 3, 4), "cold": (0, 3, 3, 4, 4, 4)}
FORMS = ("Ltd", "GmbH", "Inc.", "Co.")


class LeadMaker:
    """Makes up one lead after the other; no two are of the same firm, whose place and legal form do not count."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.firms: set[str | None] = set()
        self.number = 0

    def values(self, dice: random.Random, profile: str, *, east: bool | None = None) -> dict[str, Any]:
        """What somebody would enter of a new lead; `east` puts it into the first or second territory."""
        self.number += 1
        industry = dice.choice(list(names.CHINESE_TRADES))
        region, city, country = self._place(dice, east)
        firm, person = self._firm(dice, industry, city, country)
        chosen = {name: dice.choice(values) for name, values in PROFILES[profile].items()}
        return {
            "company_name": firm,
            "contact_name": person,
            "title": self._title(dice, profile, firm),
            **self._reach(dice, firm, person, profile),
            "country": country,
            "region": region,
            "city": city,
            "industry": industry,
            "need": Speaker(dice).say("needs", industry, to=firm),
            **chosen,
            **self._origin(dice, profile),
        }

    def _place(self, dice: random.Random, east: bool | None) -> tuple[str, str, str]:
        if east is None and dice.random() < 0.05:
            city, country = dice.choice(names.ABROAD)
            return "", city, country
        fitting = [place for place in names.PLACES if east is None or (place[0] in names.EAST) == east]
        region, city = dice.choice(fitting)
        return region, city, "China"

    def _firm(self, dice: random.Random, industry: str, city: str, country: str) -> tuple[str, str]:
        chinese = country == "China" and dice.random() < 0.65
        for _try in range(1000):
            if chinese:
                trade = dice.choice(names.CHINESE_TRADES[industry])
                firm = f"{city}{dice.choice(names.CHINESE_CORES)}{trade}有限公司"
                person = dice.choice(names.SURNAMES) + dice.choice(names.GIVEN)
            else:
                trade = dice.choice(names.LATIN_TRADES[industry])
                firm = f"{dice.choice(names.LATIN_CORES)} {trade} {dice.choice(FORMS)}"
                person = f"{dice.choice(names.FIRST)} {dice.choice(names.LAST)}"
            if company_key(firm) not in self.firms:
                break
        else:  # names have run out
            firm = f"{firm.removesuffix('有限公司')}{self.number}{'有限公司' if chinese else ''}"
        self.firms.add(company_key(firm))
        return firm, person

    @staticmethod
    def _title(dice: random.Random, profile: str, firm: str) -> str:
        share = {"hot": (0.6, 1.0), "warm": (0.0, 0.4), "cold": (0.0, 0.1)}[profile]
        draw = dice.random()
        rank = names.DECIDERS if draw < share[0] else names.LEADERS if draw < share[1] else names.OTHERS
        return dice.choice(rank[0 if is_chinese(firm) else 1])

    def _reach(self, dice: random.Random, firm: str, person: str, profile: str) -> dict[str, str]:
        """A mail address at the firm, a mobile number, or both; of ten cold ones some leave neither."""
        local = (
            ".".join(syllables(person.replace(" ", "")))
            if is_chinese(person)
            else person.replace(" ", ".").lower()
        )
        host = (
            "".join(syllables(firm.removesuffix("有限公司"))) if is_chinese(firm) else firm.split()[0].lower()
        )
        both = dice.random()
        mail = both < (0.95 if profile != "cold" else 0.75)
        call = both > (0.05 if profile != "cold" else 0.3)
        return {
            "email": f"{local}@{host[:24]}{self.number}.example" if mail else "",
            "mobile": f"138{10_000_000 + self.number * 7919 % 89_999_999:08d}" if call else "",
        }

    def _origin(self, dice: random.Random, profile: str) -> dict[str, Any]:
        source = self.company.sources[dice.choice(SOURCES[profile])]
        campaigns = [campaign for campaign in self.company.campaigns if campaign.source_id == source.pk]
        partner = dice.choice(self.company.partners) if source.channel == "partner" else None
        campaign = campaigns[0] if campaigns and dice.random() < 0.7 else None
        return {"source": source, "campaign": campaign, "partner": partner}
