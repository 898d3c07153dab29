"""Facts this app needs from apps to its right; they fill the slots in their `AppConfig.ready`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leads.models import Lead


@dataclass(frozen=True)
class Converted:
    """What a lead became: ids of customer, contact and opportunity."""

    customer: int | None
    contact: int | None
    opportunity: int | None


class Ports:
    """The slots. Unfilled ones answer as a workspace without customers would."""

    def conversions(self, lead_ids: Iterable[int]) -> dict[int, Converted]:
        return {}

    def customer_owner(self, lead: Lead) -> int | None:
        """Who owns the existing customer with the lead's company or credit code."""
        return None

    def customer_owners(self, leads: Sequence[Lead]) -> Sequence[int | None]:
        """`customer_owner` of many leads, stored or not, in their order; to be filled with one statement for all."""
        return [self.customer_owner(lead) for lead in leads]

    def open_opportunity(self, lead_ids: Iterable[int]) -> set[int]:
        """Which of these leads have an open opportunity that still moves."""
        return set()


ports = Ports()


def fill(**slots: object) -> None:
    """Put functions into the slots, by name."""
    for name, function in slots.items():
        if not hasattr(Ports, name):
            raise LookupError(name)
        setattr(ports, name, function)
