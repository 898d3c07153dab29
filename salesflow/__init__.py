"""The roof and the foundation. Nothing is imported here: the supervisor must stay small."""
