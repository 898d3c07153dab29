"""Groups in chat tools that are told of notices, and each message to one."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record
from salesflow.people.models import Team


class ChatGroup(Record):
    """A group whose robot tells of notices of these kinds to anybody, or to people of one team."""

    class Tool(models.TextChoices):
        WECOM = "wecom", _("WeCom")
        DINGTALK = "dingtalk", _("DingTalk")
        FEISHU = "feishu", _("Feishu / Lark")
        SLACK = "slack", _("Slack")

    #: Tools whose robots can be told a secret to sign with.
    SIGNING: ClassVar = (Tool.DINGTALK, Tool.FEISHU)

    name = models.CharField(_("name"), max_length=80)
    tool = models.CharField(_("tool"), max_length=10, choices=Tool, default=Tool.WECOM)
    # sealed by salesflow.lib.vault: whoever has the address may write to the group
    url_box = models.TextField(editable=False)
    secret_box = models.TextField(blank=True, editable=False)
    kinds = ArrayField(models.CharField(max_length=60), verbose_name=_("kinds of notices"))
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("team"),
        help_text=_("Only notices to people of this team; empty: to anybody."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    leased_until = models.DateTimeField(null=True, editable=False)
    # nothing is sent before: the tools take few messages a minute
    next_at = models.DateTimeField(db_default=Now(), editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("chat group")
        verbose_name_plural = _("chat groups")
        constraints = [
            models.CheckConstraint(condition=~Q(url_box=""), name="chat_group_has_an_address"),
            models.CheckConstraint(
                condition=Q(secret_box="") | Q(tool__in=["dingtalk", "feishu"]),
                name="chat_secret_is_of_a_signing_tool",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ChatMessage(models.Model):
    """A line to a group: written once for each piece of news, gone once the tool has taken it or it is too old."""

    group = models.ForeignKey(ChatGroup, on_delete=models.CASCADE, related_name="messages")
    # the same news to several people is told once
    key = models.CharField(max_length=200)
    text = models.TextField()
    is_test = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "key"], name="chat_told_once")]
        indexes = [
            models.Index(fields=["group", "due_at"], name="chat_message_due", condition=Q(sent_at=None)),
            models.Index(fields=["created_at"], name="chat_message_age"),
        ]

    def __str__(self) -> str:
        return f"message to group {self.group_id}"
