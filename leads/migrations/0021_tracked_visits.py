from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0020_assignment_ledger")]

    operations = [
        migrations.AddField(
            model_name="webform",
            name="tracks_visits",
            field=models.BooleanField(
                default=False,
                help_text="Its script may tell which pages of the allowed sites a visitor looks at, once he consents.",
                verbose_name="follows visits",
            ),
        )
    ]
