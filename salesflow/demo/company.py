"""The people and settings of the demo company; the same every time, made through the services."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from django.contrib.auth.hashers import make_password

from leads.models import AssignmentRule, Campaign, LeadSource, Nda, Partner, PartnerAgreement, Pool
from leads.scoring.examples import example_model
from leads.services import model_activate, model_create
from leads.services.rules import assignment_rule_save
from salesflow.clocks.services import calendar_ensure_defaults, database_now
from salesflow.demo.names import EAST, WEST
from salesflow.people.models import Region, Role, Team, Territory, User
from salesflow.people.services import config_changed, workspace_change
from salesflow.work.services import custom_fields_ensure

PASSWORD = "demo"  # noqa: S105 - refused in production settings
ROLES = ("admin", "manager", "director", "finance", "legal", "agent", "auditor", "marketing")
NAMES = {
    "admin": "Ada Admin", "manager": "林伟", "manager2": "Omar Haddad", "director": "张敏", "finance": "Felix Finanz",
    "legal": "Lea Recht", "agent": "Anna Agent", "auditor": "Aldo Audit", "marketing": "Mei Marketing",
    "rep1": "Emma Stone", "rep2": "陈嘉豪", "rep3": "Noah Fischer", "rep4": "王晓琳",
}  # fmt: skip


@dataclass
class Company:
    """Who is who, by the part of the address before the @."""

    people: dict[str, User] = field(default_factory=dict)
    sources: list[LeadSource] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)

    @property
    def reps(self) -> list[User]:
        return [self.people[name] for name in ("rep1", "rep2", "rep3", "rep4")]

    def person(self, id_: int | None) -> User:
        return next(person for person in self.people.values() if person.pk == id_)

    def manager_of(self, rep: User) -> User:
        return self.people["manager" if rep.team_id == self.people["rep1"].team_id else "manager2"]


def company_make() -> Company:
    """Regions, teams, people, territories, pool, rules, calendars: what tests and newcomers start from."""
    workspace_change(
        by=None, name="Bright Demo Co.", time_zone="Asia/Shanghai", base_currency="CNY", phone_region="CN"
    )
    calendar_ensure_defaults()
    company = Company()
    _people(company)
    _pool(company)
    _rules(company)
    _sources(company)
    _courses()
    config_changed()
    return company


@cache
def _password_hash() -> str:
    """One for all: hashing takes half a second a person, and the password is no secret."""
    return make_password(PASSWORD)


def _person(name: str, role: str, **fields: object) -> User:
    user = User(
        email=f"{name}@example.com", name=NAMES[name], is_demo=True, password=_password_hash(), **fields
    )
    user.save()
    user.roles.add(Role.objects.get(code=role))
    return user


def _people(company: Company) -> None:
    east, west = (Region.objects.create(name=name) for name in ("East China", "West China"))
    first = Team.objects.create(name="East team", region=east)
    second = Team.objects.create(name="West team", region=west)
    people = company.people
    for name in ROLES:
        team = first if name == "manager" else None
        people[name] = _person(name, name, team=team, region=east if name == "director" else None)
    people["manager2"] = _person("manager2", "manager", team=second)
    for name, team in (("rep1", first), ("rep2", first), ("rep3", second), ("rep4", second)):
        people[name] = _person(
            name, "rep", team=team, industries=["medical", "education"] if team == first else []
        )
    for team, manager in ((first, people["manager"]), (second, people["manager2"])):
        team.manager = manager
        team.save(update_fields=["manager"])
    Territory.objects.create(name="East", team=first, countries=["CN"], regions=EAST)
    Territory.objects.create(name="West", team=second, countries=["CN"], regions=WEST)


def _pool(company: Company) -> None:
    pool = Pool.objects.get(is_default=True)
    pool.members.set(company.reps)
    pool.managers.set([company.people["manager"], company.people["manager2"]])


def _rules(company: Company) -> None:
    AssignmentRule.objects.all().delete()
    assignment_rule_save(
        by=None, name="Territory and industry", position=10, match_territory=True, match_industry=True
    )
    assignment_rule_save(by=None, name="Territory", position=20, match_territory=True)
    assignment_rule_save(by=None, name="Any rep", position=1000)


def _sources(company: Company) -> None:
    company.sources = list(LeadSource.objects.order_by("pk"))[:5]
    show, _referral, _partner, web, ads = company.sources
    today = database_now().date()

    def campaign(name: str, source: LeadSource, cost: int, began: int, days: int) -> Campaign:
        start = today - timedelta(days=began)
        return Campaign.objects.create(
            name=name,
            source=source,
            cost=cost,
            currency="CNY",
            starts_on=start,
            ends_on=start + timedelta(days=days),
        )

    company.campaigns = [
        campaign("Industry expo 工博会", show, 120_000, 20, 4),
        campaign("Search ads", ads, 45_000, 110, 150),
        campaign("Website white paper", web, 8_000, 90, 180),
    ]
    company.partners = [
        Partner.objects.create(
            name=name, kind=kind, owner=company.people["marketing"], valid_from=today.replace(month=1, day=1)
        )
        for name, kind in (("华东教育装备协会", "association"), ("Hartmann Distribution", "distributor"))
    ]
    for partner in company.partners:
        Nda.objects.create(
            partner=partner, kind="mutual", survival_months=36,
            signed_on=today - timedelta(days=400), expires_on=today + timedelta(days=330),
        )  # fmt: skip
    PartnerAgreement.objects.create(
        partner=company.partners[1], tier_method="marginal", currency="CNY", valid_from=today - timedelta(days=200),
        valid_until=today + timedelta(days=165),
        tiers=[{"since": "0", "percent": "5"}, {"since": "500000", "percent": "8"}],
    )  # fmt: skip


#: How an exported file of the course website's leads is read; chosen once, remembered with the source.
COURSE_COLUMNS = {
    "Lead Number": ["external_id", "contact_name"],
    "Lead Source": ["source_detail"],
    "Country": ["country"],
    "City": ["city"],
    "Specialization": ["industry"],
    "TotalVisits": ["behaviour.visits"],
    "Total Time Spent on Website": ["behaviour.site_seconds"],
    "Page Views Per Visit": ["behaviour.pages_per_visit"],
    "What is your current occupation": ["custom.occupation"],
    "Converted": ["outcome"],
    "Tags": [],  # noted after the calls, when much was known
}


def _courses() -> None:
    """A second trade: its source has a scoring model of its own, since nobody asks students for a budget."""
    custom_fields_ensure(resource="leads", labels={"occupation": "Occupation"}, by=None)
    source = LeadSource.objects.create(
        name="Online courses", channel="online", kind="web_form", import_mapping=COURSE_COLUMNS
    )
    model_activate(model=model_create(by=None, **example_model("online_courses"), source=source), by=None)
