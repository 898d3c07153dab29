"""The second step of signing in: a code of an app, or one of the codes kept for its loss."""

from django.db import models
from django.db.models.functions import Now

from salesflow.people.models.base import User


class SecondFactor(models.Model):
    """A secret shared with somebody's authenticator app (RFC 6238), encrypted; it counts once confirmed."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="second_factor"
    )
    secret = models.TextField(editable=False)
    #: the half minute (Unix time / 30) of the last code taken; none of it or before is taken again
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code to get in with when the app is lost, good once; only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once_per_user")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"
