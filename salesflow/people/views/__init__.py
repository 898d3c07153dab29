from salesflow.people.views.door import second_step, set_up, sign_in, sign_out
from salesflow.people.views.forgotten import forgotten, new_password
from salesflow.people.views.own import change_password, profile
from salesflow.people.views.second_factor import (
    recovery_codes,
    second_factor,
    second_factor_off,
    second_factor_picture,
)
from salesflow.people.views.sessions import session_ended, sessions, sessions_ended
from salesflow.people.views.single_sign_on import come_back, leave
from salesflow.people.views.tokens import token_ended, tokens

__all__ = [
    "change_password",
    "come_back",
    "forgotten",
    "leave",
    "new_password",
    "profile",
    "recovery_codes",
    "second_factor",
    "second_factor_off",
    "second_factor_picture",
    "second_step",
    "session_ended",
    "sessions",
    "sessions_ended",
    "set_up",
    "sign_in",
    "sign_out",
    "token_ended",
    "tokens",
]
