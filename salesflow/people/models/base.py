"""People, where they belong, and the workspace they share."""

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesflow.lib.prepared import Records
from salesflow.lib.records import Record
from salesflow.people import roles
from salesflow.people.querysets import UserQuerySet


def default_placeholders() -> list[str]:
    return ["Select", "N/A", "-", "null"]


class Workspace(models.Model):
    """The one row of settings all share."""

    class WeekStart(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(_("name"), max_length=80, default="SalesFlow")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    base_currency = models.CharField(_("base currency"), max_length=3, default="CNY")
    language = models.CharField(_("language"), max_length=10, default="en")
    phone_region = models.CharField(_("default phone region"), max_length=2, default="CN")
    week_start = models.SmallIntegerField(_("week starts on"), choices=WeekStart, default=WeekStart.MONDAY)
    placeholder_values = ArrayField(
        models.CharField(max_length=40), verbose_name=_("values read as empty"), default=default_placeholders
    )
    api_requests_per_minute = models.PositiveIntegerField(_("API requests per minute"), null=True, blank=True)
    # null: no export is large
    export_large_rows = models.PositiveIntegerField(
        _("records an export may hold without the right to large ones"), null=True, blank=True, default=5000
    )
    # counts changes of any configuration; what processes keep in memory is valid for one revision
    config_revision = models.BigIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("workspace settings")
        verbose_name_plural = _("workspace settings")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="workspace_is_one_row")]

    def __str__(self) -> str:
        return self.name


class Region(Record):
    """A sales region; teams belong to it and directors see it."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name


class Department(Record):
    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self) -> str:
        return self.name


class Team(Record):
    """People under one manager; a manager may lead several teams."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("region")
    )
    manager = models.ForeignKey(
        "people.User",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="managed_teams",
        verbose_name=_("manager"),
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class Territory(Record):
    """A geography or segment that a team sells to. An empty list matches everything."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="territories", verbose_name=_("team")
    )
    countries = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name=_("countries (ISO codes)")
    )
    regions = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, verbose_name=_("provinces or states")
    )
    cities = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name=_("cities"))

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What its holders may see and do: the table in `roles.py`, with what an administrator changed laid over it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    changed_rights = models.JSONField(_("changed rights"), default=dict, blank=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return str(roles.ROLE_NAMES.get(self.code) or self.name or self.code)

    @property
    def rights(self) -> dict[str, str]:
        return {**roles.DEFAULT_RIGHTS.get(self.code, {}), **self.changed_rights}


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.create_user(email, password, **fields)
        user.roles.add(Role.objects.get(code="admin"))
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who may sign in, known by e-mail address."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    roles = models.ManyToManyField(Role, related_name="users", blank=True, verbose_name=_("roles"))
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members", verbose_name=_("team")
    )
    region = models.ForeignKey(
        Region,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name=_("region"),
        help_text=_("Only for people without a team, such as directors."),
    )
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("department")
    )
    industries = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, verbose_name=_("industry expertise")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    capacity = models.PositiveIntegerField(
        _("capacity"),
        null=True,
        blank=True,
        help_text=_("Most open leads by assignment; empty is unlimited."),
    )
    daily_cap = models.PositiveIntegerField(
        _("daily cap"),
        null=True,
        blank=True,
        help_text=_("Most leads assigned in a day; empty is unlimited."),
    )
    weight = models.PositiveSmallIntegerField(
        _("weight in round robin"), default=1, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    absent_from = models.DateTimeField(_("absent from"), null=True, blank=True)
    absent_until = models.DateTimeField(_("absent until"), null=True, blank=True)
    deputy = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("deputy")
    )
    signature = models.TextField(
        _("signature"),
        blank=True,
        default="",
        db_default="",
        max_length=1000,
        validators=[MaxLengthValidator(1000), ProhibitNullCharactersValidator()],
        help_text=_("Stands under mails that go out in your name, such as invitations to meetings."),
    )
    follows_written = models.BooleanField(
        _("follow the records I write on"),
        default=True,
        db_default=True,
        help_text=_("Who writes a note on a record is told what happens there from then on."),
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=Q(absent_from=None) | Q(absent_until=None) | Q(absent_until__gt=F("absent_from")),
                name="user_absence_ends_after_it_starts",
                violation_error_message=_("An absence ends after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(deputy=F("id")),
                name="user_is_not_own_deputy",
                violation_error_message=_("Nobody is his own deputy."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """As Django's own pages ask for it."""
        return self.name

    @cached_property
    def held_roles(self) -> list[Role]:
        """This person's roles; one query, kept for the request."""
        if "roles" in self.__dict__.get("_prefetched_objects_cache", ()):
            return list(self.roles.all())
        return _ROLES_OF.read(self.pk)

    @cached_property
    def role_codes(self) -> frozenset[str]:
        return frozenset(role.code for role in self.held_roles)

    @cached_property
    def rights(self) -> dict[str, str]:
        """Each right with the widest scope this person's roles give, kept for the request."""
        if not self.is_active:
            return {}
        return roles.widen([role.rights for role in self.held_roles])

    def scope(self, right: str) -> str:
        return self.rights.get(right, roles.NONE)

    def may(self, right: str) -> bool:
        """Whether any scope of the right is given; which rows it covers is asked of `visible_to`."""
        return self.scope(right) != roles.NONE

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin: administrators, by role alone."""
        return self.is_active and "admin" in self.role_codes

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def is_absent(self, at: datetime | None = None) -> bool:
        at = at or timezone.now()
        started = self.absent_from is not None and self.absent_from <= at
        return started and (self.absent_until is None or self.absent_until > at)

    @cached_property
    def people_in_scope(self) -> dict[str, list[int] | None]:
        """User ids per scope: own, the teams led or belonged to, the region; None means everybody."""
        return _PeopleInScope(self)

    def _team_ids(self) -> list[int]:
        mates = Q(team__manager=self)
        if self.team_id:
            mates |= Q(team_id=self.team_id)
        return sorted({self.pk, *User.objects.filter(mates).values_list("pk", flat=True)})

    def _region_ids(self) -> list[int]:
        region_id = self.region_id or (self.team.region_id if self.team else None)
        if region_id is None:
            return self._team_ids()
        mates = Q(team__region_id=region_id) | Q(team=None, region_id=region_id)
        return sorted({self.pk, *User.objects.filter(mates).values_list("pk", flat=True)})


class _PeopleInScope(dict[str, list[int] | None]):
    """Asked of the database only for the scopes that somebody needs, once each."""

    def __init__(self, user: User) -> None:
        super().__init__({roles.NONE: [], roles.OWN: [user.pk], roles.ALL: None})
        self.user = user

    def __missing__(self, scope: str) -> list[int]:
        wider = {roles.TEAM: self.user._team_ids, roles.REGION: self.user._region_ids}
        found = self[scope] = wider[scope]()
        return found


class ApiToken(models.Model):
    """A key for other systems: shown once, stored as SHA-256, limited by scopes and time, revocable."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("issued"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class IdempotentAnswer(models.Model):
    """The first answer under an Idempotency-Key, kept for a day and written with the effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_answer_age")]

    def __str__(self) -> str:
        return self.key


class Throttle(models.Model):
    """An atomic counter in a window of time, so that limits hold over all processes and without Redis."""

    key = models.CharField(max_length=200, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    resets_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class SetupCode(models.Model):
    """The one-time code that guards the set-up page; only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"set-up code {self.pk}"


_ROLES_OF = Records(Role, "id IN (SELECT role_id FROM people_user_roles WHERE user_id = %s)")
