"""Business cards as text: vCard 2.1, 3.0 and 4.0, one or many in a file, and the MECARD of QR codes.

What programs write is read, not only what the standards allow; what cannot be read right is a named fault. The bounds
(`cards.MOST_BYTES`, `MOST_PROPERTIES`) keep a hostile file from costing more than one card.
"""

from .faults import FAULTS, Fault
from .reading import COLUMNS, Card, card_of, cards_in, encoding_of, is_cards
from .values import Reader

__all__ = [
    "COLUMNS", "FAULTS", "Card", "Fault", "Reader", "card_of", "cards_in", "encoding_of", "is_cards",
]  # fmt: skip
