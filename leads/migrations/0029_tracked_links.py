import django.db.models.deletion
import django.db.models.functions.datetime
import leads.models.web
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0028_update_by_import"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrackedLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page_url", models.CharField(max_length=1000, verbose_name="page")),
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
                ("clicks", models.PositiveIntegerField(default=0, verbose_name="clicks")),
                ("last_clicked_at", models.DateTimeField(null=True, verbose_name="last click")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tracked_links",
                        to="leads.lead",
                        verbose_name="lead",
                    ),
                ),
            ],
            options={
                "verbose_name": "tracked link",
                "verbose_name_plural": "tracked links",
                "constraints": [
                    models.UniqueConstraint(fields=("lead", "page_url"), name="tracked_link_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("clicks", 0), ("last_clicked_at", None)),
                            models.Q(("clicks__gt", 0), ("last_clicked_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="tracked_link_clicked_has_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkClick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_hash", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "link",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leads.trackedlink",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["at"], name="link_click_to_forget")]},
        ),
    ]
