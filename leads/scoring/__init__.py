"""Scoring models as data: parsing, one translation to SQL, and the figures that judge a model."""
