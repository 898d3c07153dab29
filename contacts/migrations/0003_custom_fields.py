import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0002_search_customers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='customer',
            name='custom',
            field=models.JSONField(blank=True, default=dict, verbose_name='custom fields'),
        ),
        migrations.AddField(
            model_name='opportunity',
            name='custom',
            field=models.JSONField(blank=True, default=dict, verbose_name='custom fields'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F("custom"), function="jsonb_typeof", output_field=models.TextField()), models.Value("object")), name='customer_custom_is_an_object'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F("custom"), function="jsonb_typeof", output_field=models.TextField()), models.Value("object")), name='opportunity_custom_is_an_object'),
        ),
    ]
