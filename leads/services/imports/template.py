"""The file to fill in: a column per field and one row that shows what goes where."""

from django.utils.translation import gettext as _

from leads.services.imports.mapping import target_label, template_header
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.services.custom_fields import custom_words
from salesflow.work.services.imports.template import custom_choices, custom_notes, every_column

EXAMPLE = {
    "external_id": "X-1001",
    "company_name": "上海明远科技有限公司",
    "contact_name": "王晓琳",
    "title": "采购经理",
    "email": "wang@example.com",
    "phone": "+86 21 5555 0100",
    "mobile": "138 0013 8000",
    "country": "China",
    "region": "上海市",
    "city": "上海",
    "industry": "medical",
    "budget": "500000",
    "currency": "CNY",
    "decision_timeframe_days": "60",
    "need_fit": "80",
    "tags": "expo, 2026",
}


def template_rows() -> list[list[str]]:
    header = [*template_header(), *(f"custom.{word.key}" for word in custom_words("leads"))]
    return [header, [EXAMPLE.get(name, "") for name in header]]


def template_choices() -> dict[str, list[str]]:
    """What the drop-downs of the template offer; other values may be typed all the same."""
    industries = {name for user in User.objects.selling() for name in user.industries}
    return {
        "industry": sorted(industries),
        "currency": sorted({workspace().base_currency, "CNY", "EUR", "USD"}),
        "outcome": ["1", "0"],
        **custom_choices(custom_words("leads")),
    }


def template_notes() -> list[list[str]]:
    """What each column takes, for the notes sheet; first what holds for all of them."""
    notes = {
        "external_id": _("What another system calls the lead."),
        "decision_timeframe_days": _("Whole days until they decide."),
        "company_name": _("Company; this or the contact name is needed."),
        "contact_name": _("Person; this or the company is needed."),
        "email": _("One e-mail address."),
        "phone": _("In any notation; without country code the workspace's region is taken."),
        "budget": _("An amount without currency sign."),
        "currency": _("ISO code such as CNY; empty is the workspace's currency."),
        "need_fit": _("0 to 100."),
        "tags": _("Separated by commas."),
        "outcome": _("1 or 0 for a past lead whose outcome is known; empty otherwise."),
    }
    rows = [
        [name, " ".join(filter(None, [f"{target_label(name)}.", notes.get(name, "")]))]
        for name in template_header()
    ]
    return [[_("Every column"), every_column()], *rows, *custom_notes(custom_words("leads"))]
