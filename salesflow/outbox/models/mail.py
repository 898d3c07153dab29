"""The mail server, and mails on their way to it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MailServer(models.Model):
    """The one row that says which server takes the mails; without a host none is sent."""

    class Security(models.TextChoices):
        STARTTLS = "starttls", _("STARTTLS (usually port 587)")
        TLS = "tls", _("TLS from the start (usually port 465)")
        NONE = "none", _("None (only inside one's own network)")

    id = models.SmallIntegerField(primary_key=True, default=1)
    host = models.CharField(_("server"), max_length=253, blank=True)
    port = models.PositiveIntegerField(
        _("port"), default=587, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(_("encryption"), max_length=10, choices=Security, default=Security.STARTTLS)
    username = models.CharField(_("user"), max_length=254, blank=True)
    # sealed by salesflow.lib.vault
    password_box = models.TextField(blank=True, editable=False)
    # PEM, certificates only: no secret
    ca_certificates = models.TextField(
        _("certificates of the company's own authority"),
        blank=True,
        help_text=_(
            "Only where the mail server's certificate was issued by the company itself: the certificate of that "
            "authority as text (PEM). It is believed beside the authorities the system knows."
        ),
    )
    sender = models.EmailField(_("sender's address"), max_length=254, blank=True)
    sender_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    last_sent_at = models.DateTimeField(null=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("mail server")
        verbose_name_plural = _("mail server")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="mail_server_is_one_row"),
            models.CheckConstraint(condition=Q(host="") | ~Q(sender=""), name="mail_server_has_a_sender"),
        ]

    def __str__(self) -> str:
        return self.host or str(self._meta.verbose_name)

    @property
    def is_set_up(self) -> bool:
        return bool(self.host)


class Mail(models.Model):
    """A mail: written in the transaction of what it tells, carried after commit, repeated until taken or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    # the same mail is written once; it is also the left side of the Message-ID
    key = models.CharField(max_length=120, unique=True)
    to = models.EmailField(_("to"), max_length=254)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    # further headers, and an invitation to a meeting where there is one
    headers = models.JSONField(default=dict)
    calendar = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), db_default=Now())
    created_at = models.DateTimeField(_("written"), db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
                name="mail_sent_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="mail_due", condition=Q(state="waiting")),
            models.Index(fields=["created_at"], name="mail_age"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
