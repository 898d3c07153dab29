from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"
    label = "contacts"
    verbose_name = _("Customers")

    def ready(self) -> None:
        # subscribers are heard once they are imported
        from contacts import bulk, found, navigation, subjects, subscribers, texts  # noqa: F401
        from contacts.lists import ContactList, CustomerList, OpportunityList
        from contacts.services import facts, hand_over, imports
        from leads import ports
        from salesflow.work.exports import register_exports

        ports.fill(
            conversions=facts.conversions_of,
            customer_owner=facts.customer_owner_of,
            customer_owners=facts.customer_owners_of,
            open_opportunity=facts.leads_with_open_opportunity,
        )
        bulk.register_all()
        found.register()
        register_exports(CustomerList(), ContactList(), OpportunityList())
        hand_over.register_all()
        imports.register()
        subjects.register_all()
        texts.register()
        navigation.register()
