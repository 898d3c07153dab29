"""The REST door of leads."""

from salesflow.lib.api.routes import Router


def route(router: Router) -> None:
    from leads.api import (
        bulk,
        cards,
        cases,
        imports,
        leads,
        pairs,
        partners,
        policies,
        scoring,
        settings,
        web,
    )
    from salesflow.work.export_api import route_export

    router.add(
        leads.LeadResource,
        pairs.DuplicatePairResource,
        imports.LeadImportResource,
        settings.SourceResource,
        settings.CampaignResource,
        partners.PartnerResource,
        partners.NdaResource,
        partners.AgreementResource,
        web.WebFormResource,
        web.LeadWebhookResource,
        web.SubmissionResource,
        settings.ReasonResource,
        settings.PoolResource,
        settings.PolicyResource,
        settings.RuleResource,
        cases.ExampleCaseResource,
        settings.VerificationItemResource,
        settings.VerificationPolicyResource,
        scoring.ScoringModelResource,
        scoring.LeadEventResource,
    )
    bulk.route(router)
    cards.route(router)
    router.add_single("policies/", policies.PolicyDocument)
    route_export(
        router,
        leads.LeadResource,
        pairs.DuplicatePairResource,
        imports.LeadImportResource,
        cases.ExampleCaseResource,
        partners.PartnerResource,
        settings.SourceResource,
        settings.CampaignResource,
    )
