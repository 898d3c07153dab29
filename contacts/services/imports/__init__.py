from contacts.services.imports.kinds import register

__all__ = ["register"]
