"""The REST door of customers, contacts and opportunities, and of converting a lead into them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


def route(router: "Router") -> None:
    from contacts.api import resources
    from contacts.api.collisions import CollisionResource
    from leads.api.leads import LeadResource
    from salesflow.work.export_api import route_export

    router.add(
        resources.CustomerResource,
        resources.ContactResource,
        resources.OpportunityResource,
        CollisionResource,
    )
    router.add_deed(LeadResource, resources.convert)
    route_export(router, resources.CustomerResource, resources.ContactResource, resources.OpportunityResource)
