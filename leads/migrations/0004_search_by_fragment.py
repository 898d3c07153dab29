import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

import salesflow.lib.search


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_ownership_rules_and_calendar")]

    operations = [
        migrations.RunSQL(salesflow.lib.search.CREATE_FUNCTION, salesflow.lib.search.DROP_FUNCTION),
        migrations.AddField(
            model_name="lead",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=salesflow.lib.search.Lexemes(
                    "contact_name", "company_name", "email", "phone", "mobile", "external_id"
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
                editable=False,
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="lead_search", fastupdate=False),
        ),
        migrations.AlterField(
            model_name="lead",
            name="phone_keys",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), default=list, editable=False, size=None
            ),
        ),
    ]
