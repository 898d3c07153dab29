import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# the rows of a sample were lists of cells, without number and fault
SAMPLES = """
UPDATE leads_leadimport SET sample = coalesce((
    SELECT jsonb_agg(jsonb_build_object('number', place + 1, 'cells', cells, 'error', '') ORDER BY place)
    FROM jsonb_array_elements(sample) WITH ORDINALITY AS s(cells, place)), '[]')
WHERE jsonb_typeof(sample->0) = 'array'
"""
STATE = """
UPDATE leads_leadimport SET told_until = read_until, read_percent = CASE WHEN total IS NULL THEN 0 ELSE 100 END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0012_words_for_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="leadimport",
            name="sheet",
            field=models.CharField(blank=True, max_length=255, verbose_name="sheet"),
        ),
        migrations.AddField(
            model_name="leadimport",
            name="header_row",
            field=models.PositiveIntegerField(null=True, verbose_name="header row"),
        ),
        migrations.AddField(
            model_name="leadimport", name="read_percent",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="read (percent)"),
        ),
        migrations.AddField(model_name="leadimport", name="sheets", field=models.JSONField(default=list)),
        migrations.AddField(
            model_name="leadimport", name="told_until", field=models.PositiveBigIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="leadimport",
            name="undoing_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="leadimport", name="undone_until", field=models.PositiveBigIntegerField(default=0)
        ),
        migrations.RunSQL(STATE + ";" + SAMPLES, migrations.RunSQL.noop),
        # what was just written must be settled before the table changes again
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="leadimport", index=models.Index(fields=["sha256"], name="import_of_file")
        ),
        migrations.AddConstraint(
            model_name="leadimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("undoing_by", None), ("status", "running"), _connector="OR"),
                name="import_being_undone_is_running",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("read_percent__lte", 100)), name="import_read_percent_is_one"
            ),
        ),
    ]
