import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0022_forget_visits'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F("custom"), function="jsonb_typeof", output_field=models.TextField()), models.Value("object")), name='lead_custom_is_an_object'),
        ),
    ]
