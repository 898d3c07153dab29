"""Django's admin with a site of ours."""

from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """The pages themselves are loaded with the addresses (`salesflow.urls`): workers do without them."""

    default_site = "salesflow.lib.admin.site.AdminSite"
