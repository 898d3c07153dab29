"""Doors for strangers: forms on the company's own pages."""
