from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0006_custom_fields_of_all_kinds'),
    ]

    operations = [
        migrations.AddField(
            model_name='customfield',
            name='indexed',
            field=models.BooleanField(default=False, help_text='Makes filters by it fast, and lists sortable, among many records.', verbose_name='indexed'),
        ),
        migrations.AddField(
            model_name='customfield',
            name='index_state',
            field=models.CharField(blank=True, choices=[('', 'None'), ('waiting', 'Waiting to be built'), ('building', 'Being built'), ('ready', 'Ready'), ('failed', 'Failed'), ('dropping', 'Being dropped')], default='', editable=False, max_length=10, verbose_name='index'),
        ),
        migrations.AddField(
            model_name='customfield',
            name='index_error',
            field=models.CharField(blank=True, default='', editable=False, max_length=300),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='customfield',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('index_state__in', ['waiting', 'building', 'ready', 'failed']), ('indexed', True)), models.Q(('index_state__in', ['', 'dropping']), ('indexed', False)), _connector='OR'), name='custom_field_has_the_index_it_wants'),
        ),
    ]
