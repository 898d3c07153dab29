from salesflow.people.models.base import (
    ApiToken,
    Department,
    IdempotentAnswer,
    Region,
    Role,
    SetupCode,
    Team,
    Territory,
    Throttle,
    User,
    UserManager,
    Workspace,
    default_placeholders,
)
from salesflow.people.models.identity import Identity
from salesflow.people.models.second_factor import RecoveryCode, SecondFactor
from salesflow.people.models.session import BrowserSession

__all__ = [
    "ApiToken",
    "BrowserSession",
    "Department",
    "IdempotentAnswer",
    "Identity",
    "RecoveryCode",
    "Region",
    "Role",
    "SecondFactor",
    "SetupCode",
    "Team",
    "Territory",
    "Throttle",
    "User",
    "UserManager",
    "Workspace",
    "default_placeholders",
]
