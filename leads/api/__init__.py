"""The REST door of leads."""

from salesflow.lib.api.routes import Router


def route(router: Router) -> None:
    from leads.api import bulk, imports, leads, settings

    router.add(
        leads.LeadResource,
        imports.LeadImportResource,
        settings.SourceResource,
        settings.CampaignResource,
        settings.PartnerResource,
        settings.ReasonResource,
        settings.PoolResource,
        settings.PolicyResource,
        settings.RuleResource,
    )
    bulk.route(router)
