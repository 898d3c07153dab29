from contacts.services.contacts import contact_archive, contact_create, contact_edit, contact_restore
from contacts.services.convert import lead_convert
from contacts.services.customers import customer_archive, customer_create, customer_edit, customer_restore
from contacts.services.opportunities import (
    opportunity_archive,
    opportunity_create,
    opportunity_edit,
    opportunity_restore,
)

__all__ = [
    "contact_archive",
    "contact_create",
    "contact_edit",
    "contact_restore",
    "customer_archive",
    "customer_create",
    "customer_edit",
    "customer_restore",
    "lead_convert",
    "opportunity_archive",
    "opportunity_create",
    "opportunity_edit",
    "opportunity_restore",
]
