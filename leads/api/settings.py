"""What administrators keep about leads: sources, campaigns, partners, reasons, pools, policies, rules."""

from salesflow.people.api.config import ConfigRecords

from leads.lists import CampaignList, PartnerList, ReasonList, SourceList
from leads.models import Campaign, LeadSource, Partner, Reason
from salesflow.lib.api.records import standard_rights
from salesflow.lib.api.shapes import Money, Shape

META = ("archived_at", "created_at", "updated_at", "version")


class SourceShape(Shape):
    cost = Money(required=False, allow_null=True)

    class Meta:
        model = LeadSource
        fields = ("id", "name", "channel", "kind", "requires_reachable", "cost", "currency", *META)
        read_only_fields = ("id", *META)


class SourceResource(ConfigRecords):
    """Where leads come from: a channel and a kind under it."""

    resource, spec, shape = "lead-sources", SourceList(), SourceShape
    rights = standard_rights("sources")


class CampaignShape(Shape):
    cost = Money(required=False, allow_null=True)

    class Meta:
        model = Campaign
        fields = ("id", "name", "source", "starts_on", "ends_on", "cost", "currency", *META)
        read_only_fields = ("id", *META)


class CampaignResource(ConfigRecords):
    """Dated efforts under a source, with their cost."""

    resource, spec, shape = "campaigns", CampaignList(), CampaignShape
    rights = standard_rights("campaigns")


class PartnerShape(Shape):
    class Meta:
        model = Partner
        fields = ("id", "name", "kind", "owner", "valid_from", "valid_until", *META)
        read_only_fields = ("id", *META)


class PartnerResource(ConfigRecords):
    """Companies and associations that refer leads."""

    resource, spec, shape = "partners", PartnerList(), PartnerShape
    rights = standard_rights("partners")


class ReasonShape(Shape):
    class Meta:
        model = Reason
        fields = ("id", "kind", "code", "name", "position", *META)
        read_only_fields = ("id", *META)


class ReasonResource(ConfigRecords):
    """The lists people choose from when disqualifying or returning a lead."""

    resource, spec, shape = "lead-reasons", ReasonList(), ReasonShape
    rights = standard_rights("reasons")
