"""What the events of people and places say."""

from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_config_events, register_event
from salesflow.people.models import Department, Region, Team, Territory

EVENTS = {
    "people.administrator_created": (_("First administrator made"), "user-plus"),
    "people.user_created": (_("Person added"), "user-plus"),
    "people.user_changed": (_("Person changed"), "user-cog"),
    "people.role_changed": (_("Rights of a role changed"), "shield-lock"),
    "people.password_changed": (_("Password changed"), "key"),
    "people.password_forgotten": (_("Link to a new password asked for"), "mail-forward"),
    "people.password_reset": (_("Password chosen by a link"), "key"),
    "people.password_set": (_("Password set by an administrator"), "key"),
    "people.second_factor_added": (_("Second step of sign-in set up"), "shield-check"),
    "people.second_factor_removed": (_("Second step of sign-in taken off"), "shield-lock"),
    "people.recovery_code_used": (_("Signed in with a recovery code"), "lifebuoy"),
    "people.recovery_codes_renewed": (_("Recovery codes made anew"), "lifebuoy"),
    "people.identity_linked": (_("Linked with single sign-on"), "link"),
    "people.signed_in": (_("Signed in"), "login"),
    "people.sessions_ended": (_("Signed out elsewhere"), "logout"),
    "people.token_issued": (_("API token issued"), "key"),
    "people.token_revoked": (_("API token revoked"), "ban"),
    "people.workspace_changed": (_("Workspace settings changed"), "settings"),
}


def register_all() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
    for model in (Department, Region, Team, Territory):
        register_config_events(model._meta.label_lower, model._meta.verbose_name)
