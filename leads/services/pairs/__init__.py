"""Leads that may be one: all compared with all, and what people decide about the pairs."""

from leads.services.pairs.decide import pair_keep_apart, pair_merge, pair_of, pair_reopen
from leads.services.pairs.search import duplicates_find, search_ask, search_last, search_sweep

__all__ = [
    "duplicates_find",
    "pair_keep_apart",
    "pair_merge",
    "pair_of",
    "pair_reopen",
    "search_ask",
    "search_last",
    "search_sweep",
]
