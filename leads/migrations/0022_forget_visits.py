from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("leads", "0021_tracked_visits")]

    operations = [
        migrations.AddIndex(
            model_name="leadevent",
            index=models.Index(
                fields=["received_at"],
                name="lead_event_stranger",
                condition=Q(lead=None) & ~Q(visitor=""),
            ),
        )
    ]
