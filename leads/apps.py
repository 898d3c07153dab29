from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _seed(**kwargs: Any) -> None:
    from leads.services.defaults import leads_ensure_defaults

    leads_ensure_defaults()


class LeadsConfig(AppConfig):
    name = "leads"
    label = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        # subscribers are heard once they are imported
        from leads import bulk, calendar, cells, found, navigation, subjects, subscribers, texts  # noqa: F401
        from leads.lists import (
            CampaignList,
            DuplicatePairList,
            ExampleCaseList,
            LeadImportList,
            LeadList,
            PartnerList,
            PoolLeadList,
            SourceList,
        )
        from leads.services import hand_over, partner_import, source_import
        from leads.services.time_out import leads_remind, leads_time_out
        from salesflow.clocks.registry import register
        from salesflow.lib.relations import follows
        from salesflow.work.exports import register_exports

        bulk.register_all()
        calendar.register_all()
        cells.register_all()
        found.register()
        hand_over.register_all()
        partner_import.register()
        source_import.register()
        subjects.register_all()
        navigation.register_all()
        texts.register()
        register_exports(
            LeadList(),
            PoolLeadList(),
            DuplicatePairList(),
            ExampleCaseList(),
            LeadImportList(),
            PartnerList(),
            SourceList(),
            CampaignList(),
        )
        register("first_contact", on_warn=leads_remind, on_due=leads_time_out)
        for table in (
            "ownership",
            "leadassignment",
            "leadevent",
            "leadimportrow",
            "contactreveal",
            "formsubmission",
            "consent",
        ):
            follows(f"leads.{table}", "lead_id", "leads.lead")
        # one to the same page stays behind, and counts for the kept lead all the same
        follows("leads.trackedlink", "lead_id", "leads.lead", once="page_url")
        post_migrate.connect(_seed, sender=self)
