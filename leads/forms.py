"""Shapes of input about leads on pages; the rules are in the services."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.models import (
    Campaign,
    CaseAction,
    Lead,
    LeadImport,
    LeadSource,
    Partner,
    Pool,
    Reason,
    VerificationItem,
)
from salesflow.people.models import User
from salesflow.work.custom_forms import CustomForm, custom_texts
from salesflow.work.forms import assignees


def _line(label: Any, widget: type[forms.widgets.Input] = forms.TextInput, **attrs: str) -> forms.CharField:
    """One line; its length and form are the service's to judge, so that every door says the same.

    The widget brings up the right keyboard on a phone; what is typed is somebody else's, so the browser fills
    nothing in.
    """
    shown = widget(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=False, strip=True, widget=shown)


class LeadForm(CustomForm):
    """The facts of a lead, with the fields that were added; `held` are their values on the lead it edits."""

    resource = "leads"
    half: ClassVar = (
        "contact_name", "title", "phone", "mobile", "email", "website", "source", "source_detail", "campaign",
        "partner", "country", "region", "city", "industry", "budget", "currency", "decision_timeframe_days",
        "need_fit", "external_id", "credit_code",
    )  # fmt: skip

    company_name = _line(_("Company"), autofocus="autofocus")
    contact_name = _line(_("Contact"))
    title = _line(_("Position"))
    phone = _line(_("Phone"), forms.TelInput)
    mobile = _line(_("Mobile"), forms.TelInput)
    email = _line(_("E-mail"), forms.EmailInput)
    website = _line(_("Website"), inputmode="url")
    source = forms.ModelChoiceField(label=_("Source"), queryset=LeadSource.objects.none(), required=False)
    source_detail = _line(_("Source detail"))
    campaign = forms.ModelChoiceField(label=_("Campaign"), queryset=Campaign.objects.none(), required=False)
    partner = forms.ModelChoiceField(label=_("Partner"), queryset=Partner.objects.none(), required=False)
    industry = _line(_("Industry"))
    country = _line(_("Country"))
    region = _line(_("Province or state"))
    city = _line(_("City"))
    budget = _line(_("Budget"), inputmode="decimal")
    currency = _line(_("Currency"))
    decision_timeframe_days = _line(_("Decision cycle (days)"), inputmode="numeric")
    need_fit = _line(_("Need fit (0–100)"), inputmode="numeric")
    need = forms.CharField(
        label=_("Need"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("What problem do they want solved?")}),
    )
    tags = _line(_("Tags (separated by commas)"))
    external_id = _line(_("External id"))
    credit_code = _line(_("Unified social credit code"))

    def __init__(self, user: User, *args: Any, held: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_custom(user, held)
        for name, kind in (("source", LeadSource), ("campaign", Campaign), ("partner", Partner)):
            self.fields[name].queryset = kind.objects.filter(archived_at=None).order_by("name")  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        names = [name for name in LeadForm.base_fields if name in self.fields]
        values = {name: self.cleaned_data[name] for name in names}
        own = self.custom_values()
        return {**values, "custom": own} if own else values


class QuickLeadForm(LeadForm):
    """Entering a lead: what one has at hand first, where it goes last."""

    field_order: ClassVar = ("company_name", "contact_name", "title", "phone", "mobile", "email", "website", "source",
                             "industry", "country", "region", "city", "budget", "decision_timeframe_days", "need_fit",
                             "need", "assignment")  # fmt: skip
    #: What stands on business cards, and is asked for only where one brought it.
    on_cards: ClassVar = ("website", "country", "region")
    assignment = forms.ChoiceField(label=_("Goes to"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        choices = [("rules", _("By the assignment rules")), ("pool", _("The public pool"))]
        if policies.can_hold(user):
            choices.insert(0, ("me", _("Me")))
        self.fields["assignment"].choices = choices  # type: ignore[attr-defined]
        self.fields["assignment"].initial = choices[0][0]
        unused = set(LeadForm.base_fields) - set(self.field_order)
        for name in (*unused, *(name for name in self.on_cards if name not in (self.data or self.initial))):
            del self.fields[name]
        self.fields["assignment"] = self.fields.pop("assignment")

    def is_multipart(self) -> bool:
        """Beside it stands the form of the card, with its files."""
        return True


class CardForm(forms.Form):
    """A business card beside quick entry: its photograph, its file, or the text of its code."""

    photo = forms.FileField(
        label=_("Photo of the card"), required=False, allow_empty_file=True,
        help_text=_("It stays with the lead. A QR code on it is read."),
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )  # fmt: skip
    card = forms.FileField(
        label=_("Card file (.vcf)"), required=False, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".vcf,text/vcard,text/x-vcard"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Text of a QR code"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "BEGIN:VCARD … / MECARD: …", "spellcheck": "false"}),
    )  # fmt: skip
    half: ClassVar = ("photo", "card")


class LeadEditForm(LeadForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, lead: Lead, user: User, data: Any = None) -> "LeadEditForm":
        return cls(user, data, initial=cls.shown(lead), held=lead.custom)

    @classmethod
    def shown(cls, lead: Lead) -> dict[str, Any]:
        """The values of a lead as the form shows them."""
        initial = {name: getattr(lead, name) for name in LeadForm.base_fields}
        own = custom_texts("leads", lead.custom)
        return {**initial, **own, "tags": ", ".join(lead.tags), "version": lead.version}


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    override = forms.BooleanField(label=_("Also over the holding limit"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = user.people_in_scope[user.scope("leads.assign")]
        sellers = User.objects.selling().order_by("name")
        self.fields["owner"].queryset = sellers if people is None else sellers.filter(pk__in=people)  # type: ignore[attr-defined]


class ReturnForm(forms.Form):
    reason = forms.ModelChoiceField(label=_("Reason"), queryset=Reason.objects.none())
    detail = forms.CharField(label=_("In your words"), required=False, max_length=400)
    pool = forms.ModelChoiceField(label=_("Public pool"), queryset=Pool.objects.none(), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = Reason.objects.filter(kind=Reason.Kind.RETURN, archived_at=None)
        pools = Pool.objects.visible_to(user).filter(archived_at=None)
        self.fields["reason"].queryset = reasons  # type: ignore[attr-defined]
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]
        if pools.count() < 2:
            del self.fields["pool"]

    def reason_text(self) -> str:
        said = [str(self.cleaned_data["reason"]), self.cleaned_data.get("detail", "")]
        return ": ".join(part for part in said if part)


class DisqualifyForm(forms.Form):
    reason = forms.ModelChoiceField(label=_("Reason"), queryset=Reason.objects.none())
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = Reason.objects.filter(kind=Reason.Kind.DISQUALIFY, archived_at=None)
        self.fields["reason"].queryset = reasons  # type: ignore[attr-defined]


class VerifyForm(forms.Form):
    """The result of one item of the checklist."""

    item = forms.ChoiceField(label=_("What was checked"))
    result = forms.ChoiceField(
        label=_("Result"),
        choices=[("confirmed", _("Confirmed")), ("wrong", _("Wrong")), ("open", _("Open"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How it was found out. What is wrong needs a reason."),
    )  # fmt: skip

    def __init__(self, items: Sequence[VerificationItem], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fakes = [str(item) for item in items if item.rejects]
        self.fields["item"].choices = [(item.code, str(item)) for item in items]  # type: ignore[attr-defined]
        if fakes:
            warning = _("Wrong here means fake, and takes the lead out of work: %(items)s.")
            self.fields["result"].help_text = warning % {"items": ", ".join(fakes)}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("result") == "wrong" and not said.get("note"):
            self.add_error("note", _("Say what is wrong."))
        return said


class CaseForm(forms.Form):
    """What is told of a won lead."""

    title = forms.CharField(label=_("Title"), max_length=200)
    situation = forms.CharField(
        label=_("Situation"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    what_worked = forms.CharField(
        label=_("What worked"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    lessons = forms.CharField(label=_("Lessons"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    review_every_days = forms.IntegerField(
        label=_("Review every (days)"), required=False, min_value=1, max_value=3660,
        help_text=_("Empty is never. The keeper gets a task when it is due."),
    )  # fmt: skip


class ReviewForm(forms.Form):
    """A review and up to three action items, each a task for somebody."""

    ITEMS: ClassVar = (1, 2, 3)
    half: ClassVar = [f"{name}_{number}" for number in ITEMS for name in ("area", "assignee")]

    summary = forms.CharField(
        label=_("What still holds, what has changed"), widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in self.ITEMS:
            title = _("Action item %(n)s") % {"n": number}
            self.fields[f"title_{number}"] = forms.CharField(label=title, required=False, max_length=200)
            self.fields[f"area_{number}"] = forms.ChoiceField(
                label=_("What it changes"), choices=CaseAction.Area.choices, required=False
            )
            self.fields[f"assignee_{number}"] = forms.ModelChoiceField(
                label=_("Who does it"), queryset=assignees(user), required=False, empty_label=_("Me")
            )

    def actions(self) -> list[dict[str, Any]]:
        """The items that have a title."""
        said = self.cleaned_data
        return [
            {"title": said[f"title_{n}"], "area": said[f"area_{n}"], "assignee": said[f"assignee_{n}"]}
            for n in self.ITEMS
            if said.get(f"title_{n}")
        ]


class TryRulesForm(forms.Form):
    """Which waiting leads the rules are tried on."""

    pool = forms.ModelChoiceField(label=_("Pool"), queryset=Pool.objects.none(), empty_label=None)
    number = forms.IntegerField(label=_("How many"), min_value=1, max_value=200, initial=20)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = Pool.objects.visible_to(user).filter(archived_at=None).order_by("-is_default", "name")
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    """A file of leads and where they come from."""

    half: ClassVar = ("source", "campaign")

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV, XLSX, XLS, ODS or business cards (VCF); any encoding."),
    )
    source = forms.ModelChoiceField(
        label=_("Source"),
        queryset=LeadSource.objects.none(),
        required=False,
        help_text=_("What the columns of its files mean is remembered for the next one."),
    )
    campaign = forms.ModelChoiceField(label=_("Campaign"), queryset=Campaign.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = LeadSource.objects.filter(archived_at=None).order_by("name")  # type: ignore[attr-defined]
        self.fields["campaign"].queryset = Campaign.objects.filter(archived_at=None).order_by("name")  # type: ignore[attr-defined]


class ImportChoicesForm(forms.Form):
    """What an import does with duplicates, and to whom its leads go; stands beside the form of the columns."""

    half: ClassVar = ("on_duplicate", "assignment")

    on_duplicate = forms.ChoiceField(
        label=_("Duplicates"),
        required=False,
        choices=LeadImport.OnDuplicate.choices,
        widget=forms.Select(attrs={"form": "page-form"}),
        help_text=_("An update leaves what a lead holds where a cell is empty."),
    )
    assignment = forms.ChoiceField(
        label=_("Assignment"),
        required=False,
        choices=LeadImport.Assignment.choices,
        widget=forms.Select(attrs={"form": "page-form"}),
    )
