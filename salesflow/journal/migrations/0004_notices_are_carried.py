from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """What was told before counts as carried: nobody is mailed his past. The default does not rewrite the table."""

    dependencies = [
        ("journal", "0003_event_data_of_any_kind"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="carried_at",
            field=models.DateTimeField(null=True, db_default=Now()),
        ),
        migrations.AlterField(
            model_name="notice",
            name="carried_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                fields=["id"], name="notice_to_carry", condition=models.Q(carried_at=None)
            ),
        ),
    ]
