"""The style page: every piece with made-up data, for those who build pages and for the tests that look at them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PAGES = ("pieces", "home", "table", "record", "board", "empty", "form")
COMPANIES = [
    "上海明远科技",
    "Orion Aerospace",
    "Blue Harbor Logistics",
    "Kestrel Energy",
    "杭州云栖软件",
    "Lumen Optics",
    "成都天府半导体",
    "Northwind Foods",
    "Vertex Medical",
    "Helix Robotics",
]
PEOPLE = ["Noah Fischer", "Daniel Kim", "王晓琳", "Aisha Khan", "陈嘉豪", "Sofia Rossi", "刘洋", "赵子涵"]
OWNERS = ["Lin Wei", "Omar Haddad", "Emma Stone", "张敏"]
STATES = [
    (_("New"), "accent"),
    (_("Contacted"), "info"),
    (_("Qualified"), "ok"),
    (_("Disqualified"), "neutral"),
]
STAGES = [
    ("qualified", _("Qualified")),
    ("needs", _("Needs analysis")),
    ("proposal", _("Proposal")),
    ("quote", _("Quote & approval")),
    ("contract", _("Contract")),
    ("won", _("Won")),
]


class SampleForm(forms.Form):
    """One field of each kind."""

    half = ("contact_name", "phone", "source", "owner")

    company_name = forms.CharField(label=_("Company"), help_text=_("As on the business licence."))
    contact_name = forms.CharField(label=_("Contact"), required=False)
    phone = forms.CharField(label=_("Phone"), required=False)
    source = forms.ChoiceField(label=_("Lead source"), choices=[("expo", _("Expo")), ("form", _("Web form"))])
    owner = forms.ChoiceField(label=_("Owner"), choices=[(name, name) for name in OWNERS], required=False)
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[("call", _("Call")), ("visit", _("Visit")), ("mail", _("E-mail"))],
        widget=forms.RadioSelect,
        required=False,
    )
    need = forms.CharField(
        label=_("Need"),
        required=False,
        widget=forms.Textarea(attrs={"placeholder": _("What problem do they want solved?")}),
    )
    consent = forms.BooleanField(label=_("Consent to be contacted was given"), required=False)

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone and len(phone) < 11:
            raise forms.ValidationError(_("Not a valid number for China (+86)"))
        return phone


@login_not_required
def style(request: HttpRequest, page: str = "pieces") -> HttpResponse:
    """A sheet of samples, for staff only."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    if page not in PAGES:
        raise Http404
    form = SampleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, _("Saved."), extra_tags="undo:/style/")
        return redirect("style")
    return render(
        request, f"lib/style_{page}.html", _samples() | {"form": form, "page": page, "title": _("New lead")}
    )


def _samples() -> dict[str, Any]:
    now = timezone.now()
    leads = [_lead(place, now) for place in range(28)]
    return {
        "now": now,
        "leads": leads,
        "stages": STAGES,
        "kinds": ["neutral", "accent", "ok", "warn", "bad", "info", "violet"],
        "companies": COMPANIES,
        "people": PEOPLE,
        "spark": [3, 4, 3.6, 5, 4.8, 6.5, 7, 7.2],
        "spark_down": [7, 6.6, 7, 6.2, 6.4, 5.8, 5.4, 5.2],
        "yesterday": now - timedelta(hours=22),
        "later": now + timedelta(days=2, hours=3),
        "tabs": [
            {"label": _("All"), "url": "?", "active": True, "count": 240},
            {"label": _("Due in 24 h"), "url": "?due=1", "icon": "clock-exclamation"},
            {"label": _("Mine"), "url": "?mine=1"},
            {"label": _("Public pool"), "url": "?pool=1"},
        ],
        "funnel": {
            "rows": [
                {"name": str(name), "value": value}
                for name, value in zip(
                    [_("Leads"), *[label for _key, label in STAGES]],
                    [412, 268, 171, 104, 66, 41, 29],
                    strict=True,
                )
            ]
        },
        "weeks": {
            "x": [f"W{week}" for week in range(36, 48)],
            "series": [
                {
                    "name": str(_("Booked")),
                    "values": [0.9, 1.2, 1.1, 1.6, 1.3, 1.9, 1.4, 2.1, 1.7, 2.2, 1.5, 1.5],
                },
                {"name": str(_("Target")), "values": [1.55] * 12, "dashed": True},
            ],
        },
        "columns": [(label, leads[place * 4 : place * 4 + 4]) for place, (_key, label) in enumerate(STAGES)],
    }


def _lead(place: int, now: Any) -> dict[str, Any]:
    minutes = [-123, -78, -45, -8, 1, 29, 38, 62, 117, 240, 300, 420, 640, 800, 1100, 1300][place % 16]
    label, kind = STATES[(place * 7) % 4]
    return {
        "id": place + 1,
        "name": PEOPLE[place * 5 % len(PEOPLE)],
        "company": COMPANIES[place * 3 % len(COMPANIES)],
        "owner": OWNERS[place % 4],
        "grade": "ABCB"[place % 4],
        "score": (place * 37) % 70 + 25,
        "amount": (place * 7919) % 860_000 + 34_000,
        "status": label,
        "kind": kind,
        "source": [_("Expo"), _("Referral"), _("Web form"), _("Partner")][place % 4],
        "due": now + timedelta(minutes=minutes, seconds=20),
        "start": now + timedelta(minutes=minutes, seconds=20) - timedelta(days=1),
        "days": place % 20,
    }
