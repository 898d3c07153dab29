"""A key for other systems, as its person makes it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from salesflow.lib.web.forms import moment_field


class TokenForm(forms.Form):
    half = ("name", "expires_at")

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What it is for."))
    expires_at = moment_field(_("Expires"), required=False)
    scopes = forms.CharField(
        label=_("Scopes"),
        required=False,
        max_length=1000,
        help_text=_(
            "Separated by spaces: read, write, or of one resource such as leads:read. Empty reads everything "
            "you may see."
        ),
    )

    def clean_scopes(self) -> list[str]:
        return str(self.cleaned_data["scopes"]).replace(",", " ").split()
