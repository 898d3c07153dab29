import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_events_are_insert_only")]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="data",
            field=models.JSONField(
                default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder
            ),
        ),
    ]
