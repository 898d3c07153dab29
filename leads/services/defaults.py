"""The rows stage 1 starts with; adds what is missing, changes nothing that is there."""

from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from leads.models import (
    AssignmentRule,
    FirstContactPolicy,
    LeadSource,
    Pool,
    Reason,
    ScoringModel,
    VerificationItem,
    VerificationPolicy,
)
from leads.scoring.presets import DEFAULT_MODEL

REASONS = (
    ("disqualify", "no_need", gettext_noop("No need")),
    ("disqualify", "no_budget", gettext_noop("No budget")),
    ("disqualify", "fake", gettext_noop("Fake or wrong details")),
    ("disqualify", "competitor", gettext_noop("Competitor")),
    ("disqualify", "unreachable", gettext_noop("Cannot be reached")),
    ("disqualify", "other", gettext_noop("Other")),
    ("return", "wrong_territory", gettext_noop("Not my territory")),
    ("return", "wrong_industry", gettext_noop("Not my industry")),
    ("return", "no_time", gettext_noop("No time to follow up")),
    ("return", "unreachable", gettext_noop("Cannot be reached")),
    ("return", "other", gettext_noop("Other")),
)
SOURCES = (
    (gettext_noop("Trade show"), "offline", "trade_show"),
    (gettext_noop("Customer referral"), "offline", "referral"),
    (gettext_noop("Partner"), "partner", "partner"),
    (gettext_noop("Website"), "online", "web_form"),
    (gettext_noop("Search ads"), "online", "search_ad"),
)
#: Code, name, whether a wrong answer means that the lead is a fake.
CHECKLIST = (
    ("company", gettext_noop("Company name is right"), True),
    ("position", gettext_noop("Contact holds this position"), False),
    ("need", gettext_noop("The need is real"), False),
)
#: Any lead to any rep by weighted round robin, after all rules an administrator makes.
LAST_RULE = gettext_noop("Any rep in turn")
LAST_PLACE = 10_000


def leads_ensure_defaults() -> None:
    """One default pool, a first-contact policy per grade, reasons, sources, a scoring model, a last rule."""
    if not Pool.objects.filter(is_default=True).exists():
        Pool.objects.bulk_create([Pool(name="Public pool", is_default=True)], ignore_conflicts=True)
    FirstContactPolicy.objects.bulk_create(
        [FirstContactPolicy(grade=grade) for grade in "ABC"], ignore_conflicts=True
    )
    if not Reason.objects.exists():
        Reason.objects.bulk_create(
            [
                Reason(kind=kind, code=code, name=name, position=place)
                for place, (kind, code, name) in enumerate(REASONS)
            ],
            ignore_conflicts=True,
        )
    if not LeadSource.objects.exists():
        LeadSource.objects.bulk_create(
            [LeadSource(name=name, channel=channel, kind=kind) for name, channel, kind in SOURCES],
            ignore_conflicts=True,
        )
    if not ScoringModel.objects.exists():
        ScoringModel.objects.bulk_create(
            [ScoringModel(**DEFAULT_MODEL, status=ScoringModel.Status.ACTIVE, activated_at=Now())],
            ignore_conflicts=True,
        )
    VerificationPolicy.objects.bulk_create([VerificationPolicy(pk=1)], ignore_conflicts=True)
    if not VerificationItem.objects.exists():
        VerificationItem.objects.bulk_create(
            [
                VerificationItem(code=code, name=name, rejects=rejects, position=place)
                for place, (code, name, rejects) in enumerate(CHECKLIST)
            ],
            ignore_conflicts=True,
        )
    if not AssignmentRule.objects.exists():
        AssignmentRule.objects.bulk_create([AssignmentRule(name=LAST_RULE, position=LAST_PLACE)])
