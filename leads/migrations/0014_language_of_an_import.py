from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_imports_looked_at_by_workers")]

    operations = [
        migrations.AddField(
            model_name="leadimport",
            name="language",
            field=models.CharField(blank=True, max_length=10, verbose_name="language"),
        ),
    ]
