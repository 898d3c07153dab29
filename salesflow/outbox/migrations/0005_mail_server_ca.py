from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0004_chat_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailserver',
            name='ca_certificates',
            field=models.TextField(blank=True, default='', help_text="Only where the mail server's certificate was issued by the company itself: the certificate of that authority as text (PEM). It is believed beside the authorities the system knows.", verbose_name="certificates of the company's own authority"),
            preserve_default=False,
        ),
    ]
