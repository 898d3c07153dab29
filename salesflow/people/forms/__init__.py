from salesflow.people.forms.base import PasswordForm, ProfileForm, SetUpForm, SignInForm, zone_choices
from salesflow.people.forms.codes import CodeForm, FirstCodeForm
from salesflow.people.forms.forgotten import ForgottenForm, NewPasswordForm
from salesflow.people.forms.tokens import TokenForm

__all__ = [
    "CodeForm",
    "FirstCodeForm",
    "ForgottenForm",
    "NewPasswordForm",
    "PasswordForm",
    "ProfileForm",
    "SetUpForm",
    "SignInForm",
    "TokenForm",
    "zone_choices",
]
