from salesflow.people.forms.base import PasswordForm, ProfileForm, SetUpForm, SignInForm, zone_choices
from salesflow.people.forms.codes import CodeForm, FirstCodeForm

__all__ = [
    "CodeForm",
    "FirstCodeForm",
    "PasswordForm",
    "ProfileForm",
    "SetUpForm",
    "SignInForm",
    "zone_choices",
]
