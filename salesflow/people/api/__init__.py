"""The REST door of people. What other apps need of it is in `config_records`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


def route(router: "Router") -> None:
    from salesflow.people.api import resources

    router.add(
        resources.UserResource,
        resources.RoleResource,
        resources.RegionResource,
        resources.DepartmentResource,
        resources.TeamResource,
        resources.TerritoryResource,
    )
    router.add_single("workspace-settings/", resources.WorkspaceSettings)
    router.add_single("me/", resources.Me)
    router.add_single("search/", resources.SearchResults)
