import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import leads.models.web


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0014_language_of_an_import"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                (
                    "token",
                    models.CharField(
                        default=leads.models.web.token_new,
                        editable=False,
                        max_length=40,
                        unique=True,
                        verbose_name="token",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="heading")),
                (
                    "fields",
                    models.JSONField(
                        default=leads.models.web.questions_first,
                        help_text="In their order, each with its name, label and whether it is required.",
                        validators=[leads.models.web.questions_check],
                        verbose_name="fields",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("zh-hans", "Simplified Chinese")],
                        default="en",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                (
                    "consent_text",
                    models.TextField(
                        blank=True,
                        help_text="What the visitor must agree to; without a text nothing is asked.",
                        max_length=2000,
                        verbose_name="consent",
                    ),
                ),
                (
                    "consent_version",
                    models.CharField(blank=True, max_length=40, verbose_name="version of the consent"),
                ),
                (
                    "redirect_url",
                    models.CharField(
                        blank=True,
                        help_text="Without one, a page says thank you.",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="page after sending",
                    ),
                ),
                (
                    "allowed_origins",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            max_length=260, validators=[leads.models.web.origin_check]
                        ),
                        blank=True,
                        default=list,
                        help_text="Sites that may show this form in a frame or post to it, such as https://www.example.com.",
                        size=20,
                        verbose_name="allowed sites",
                    ),
                ),
                (
                    "assignment",
                    models.CharField(
                        choices=[("rules", "By the assignment rules"), ("pool", "The public pool")],
                        default="rules",
                        max_length=10,
                        verbose_name="goes to",
                    ),
                ),
                (
                    "daily_limit",
                    models.PositiveIntegerField(
                        default=1000,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000000),
                        ],
                        verbose_name="most in a day",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="web_forms",
                        to="leads.campaign",
                        verbose_name="campaign",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="web_forms",
                        to="leads.leadsource",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "web form",
                "verbose_name_plural": "web forms",
            },
        ),
        migrations.CreateModel(
            name="FormSubmission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                (
                    "result",
                    models.CharField(
                        choices=[("created", "New lead"), ("known", "Known lead"), ("spam", "Spam")],
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                ("values", models.JSONField(default=dict, verbose_name="what was sent")),
                ("page_url", models.CharField(blank=True, max_length=1000, verbose_name="page")),
                (
                    "received_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="received"
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="leads.lead",
                        verbose_name="lead",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="leads.webform",
                    ),
                ),
            ],
            options={
                "verbose_name": "form submission",
                "verbose_name_plural": "form submissions",
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="consent")),
                ("version", models.CharField(max_length=40, verbose_name="version of the consent")),
                (
                    "given_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="given"
                    ),
                ),
                ("network", models.CharField(blank=True, max_length=50, verbose_name="network")),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="browser")),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="leads.lead"
                    ),
                ),
                (
                    "submission",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent",
                        to="leads.formsubmission",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="consent_has_its_words"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="webform",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consent_text", ""), models.Q(("consent_version", ""), _negated=True), _connector="OR"
                ),
                name="web_form_consent_has_its_version",
                violation_error_message="A consent has a version, so that one can tell later what was agreed to.",
            ),
        ),
        migrations.AddConstraint(
            model_name="formsubmission",
            constraint=models.UniqueConstraint(fields=("form", "key"), name="form_submission_once"),
        ),
        migrations.AddConstraint(
            model_name="formsubmission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lead", None), ("result", "spam")),
                    models.Q(models.Q(("result", "spam"), _negated=True), ("lead__isnull", False)),
                    _connector="OR",
                ),
                name="form_submission_has_its_lead",
            ),
        ),
    ]
