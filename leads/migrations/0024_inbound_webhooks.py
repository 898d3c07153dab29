import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import Q

import leads.models.hooks
import leads.models.web


class Migration(migrations.Migration):
    dependencies = [("leads", "0023_custom_is_an_object")]

    operations = [
        migrations.CreateModel(
            name="LeadWebhook",
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
                (
                    "mapping",
                    models.JSONField(
                        default=leads.models.hooks.mapping_first,
                        help_text=(
                            "Path in the message → field of the lead, such as data.email → email; of a list, "
                            "answers[name=email].value."
                        ),
                        validators=[leads.models.hooks.mapping_check],
                        verbose_name="fields",
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
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("secret", models.TextField(blank=True, editable=False)),
                ("former_secret", models.TextField(blank=True, editable=False)),
                ("former_until", models.DateTimeField(editable=False, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhooks",
                        to="leads.campaign",
                        verbose_name="campaign",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhooks",
                        to="leads.leadsource",
                        verbose_name="source",
                    ),
                ),
            ],
            options={"verbose_name": "inbound webhook", "verbose_name_plural": "inbound webhooks"},
        ),
        migrations.AlterField(
            model_name="formsubmission",
            name="form",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="submissions",
                to="leads.webform",
            ),
        ),
        migrations.AddField(
            model_name="formsubmission",
            name="webhook",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="submissions",
                to="leads.leadwebhook",
            ),
        ),
        migrations.AlterField(
            model_name="formsubmission", name="key", field=models.CharField(max_length=200)
        ),
        migrations.AddField(
            model_name="formsubmission",
            name="body",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="formsubmission",
            name="reason",
            field=models.CharField(blank=True, default="", max_length=500, verbose_name="reason"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="formsubmission",
            name="result",
            field=models.CharField(
                choices=[
                    ("created", "New lead"),
                    ("known", "Known lead"),
                    ("spam", "Spam"),
                    ("rejected", "Rejected"),
                ],
                max_length=10,
                verbose_name="result",
            ),
        ),
        migrations.RemoveConstraint(model_name="formsubmission", name="form_submission_has_its_lead"),
        migrations.AddConstraint(
            model_name="formsubmission",
            constraint=models.CheckConstraint(
                condition=Q(result__in=("spam", "rejected"), lead=None)
                | Q(result__in=("created", "known"), lead__isnull=False),
                name="form_submission_has_its_lead",
            ),
        ),
        migrations.AddConstraint(
            model_name="formsubmission",
            constraint=models.CheckConstraint(
                condition=Q(form__isnull=False, webhook=None) | Q(form=None, webhook__isnull=False),
                name="form_submission_came_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="formsubmission",
            constraint=models.CheckConstraint(
                condition=~Q(result="rejected") | ~Q(reason=""), name="form_submission_rejected_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="formsubmission",
            constraint=models.UniqueConstraint(fields=["webhook", "key"], name="webhook_message_once"),
        ),
    ]
