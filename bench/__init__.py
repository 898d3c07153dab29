"""Repeatable measurements of the product's own speed; `script/bench NAME` runs one (see docs/performance.md)."""
