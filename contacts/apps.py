from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"
    label = "contacts"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from contacts import found, navigation, subjects, texts
        from contacts.services import facts, hand_over
        from leads import ports

        ports.fill(
            conversions=facts.conversions_of,
            customer_owner=facts.customer_owner_of,
            customer_owners=facts.customer_owners_of,
            open_opportunity=facts.leads_with_open_opportunity,
        )
        found.register()
        hand_over.register_all()
        subjects.register_all()
        texts.register()
        navigation.register()
