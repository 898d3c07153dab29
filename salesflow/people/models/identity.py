"""Who a person is at the company's own identity provider."""

from django.db import models
from django.db.models.functions import Now

from salesflow.people.models.base import User


class Identity(models.Model):
    """A person's account at an OpenID Connect provider, by its lasting name there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=400)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_is_one_persons"),
            models.UniqueConstraint(fields=["user", "issuer"], name="identity_once_per_person_and_issuer"),
        ]

    def __str__(self) -> str:
        return f"identity of {self.user_id}"
