from salesflow.people.services.config import config_changed, config_hold, config_revision, configured
from salesflow.people.services.config_records import (
    config_record_archive,
    config_record_change,
    config_record_create,
    config_record_restore,
    needed_when,
)
from salesflow.people.services.defaults import people_ensure_defaults
from salesflow.people.services.roles import role_change
from salesflow.people.services.setup import (
    administrator_create,
    administrator_exists,
    setup_code_issue,
    setup_complete,
)
from salesflow.people.services.signature import signed_by
from salesflow.people.services.throttle import Throttled, throttle
from salesflow.people.services.tokens import token_issue, token_revoke
from salesflow.people.services.users import password_set, user_change, user_create
from salesflow.people.services.workspace import workspace, workspace_change, workspace_kept

__all__ = [
    "Throttled",
    "administrator_create",
    "administrator_exists",
    "config_changed",
    "config_hold",
    "config_record_archive",
    "config_record_change",
    "config_record_create",
    "config_record_restore",
    "config_revision",
    "configured",
    "needed_when",
    "password_set",
    "people_ensure_defaults",
    "role_change",
    "setup_code_issue",
    "setup_complete",
    "signed_by",
    "throttle",
    "token_issue",
    "token_revoke",
    "user_change",
    "user_create",
    "workspace",
    "workspace_change",
    "workspace_kept",
]
