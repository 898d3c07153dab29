import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0005_handovers'),
    ]

    operations = [
        migrations.AddField(
            model_name='customfield',
            name='label_zh',
            field=models.CharField(blank=True, default='', help_text='Shown to who reads Chinese; without one, the label is.', max_length=120, verbose_name='label in Chinese'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='customfield',
            name='choice_names',
            field=models.JSONField(blank=True, default=dict, verbose_name='present names of choices'),
        ),
        migrations.AddField(
            model_name='customfield',
            name='retired',
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name='retired choices'),
        ),
        migrations.AddField(
            model_name='customfield',
            name='required',
            field=models.BooleanField(default=False, help_text='New records must have a value, and nobody can empty it.', verbose_name='required'),
        ),
        migrations.AddField(
            model_name='customfield',
            name='default',
            field=models.JSONField(blank=True, help_text='What a new record holds that says nothing of it.', null=True, verbose_name='default'),
        ),
        migrations.AddField(
            model_name='customfield',
            name='help_text',
            field=models.CharField(blank=True, default='', max_length=300, verbose_name='help'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='customfield',
            name='group',
            field=models.CharField(blank=True, default='', help_text='Fields of one group stand under this heading.', max_length=120, verbose_name='group'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='customfield',
            name='key',
            field=models.SlugField(max_length=60, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]*\\Z', 'Small Latin letters, digits and _, a letter first.')], verbose_name='key'),
        ),
        migrations.AlterField(
            model_name='customfield',
            name='kind',
            field=models.CharField(choices=[('text', 'Text'), ('number', 'Number'), ('money', 'Money'), ('date', 'Date'), ('choice', 'Choice'), ('multi_choice', 'Several choices'), ('boolean', 'Yes/no'), ('link', 'Web address'), ('user', 'Person')], default='text', help_text='Stays what it is once records have values.', max_length=12, verbose_name='kind'),
        ),
    ]
