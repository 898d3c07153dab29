import django.contrib.postgres.indexes
from django.db import migrations

NAMES = {"lead_search": "search", "lead_block_keys": "block_keys"}
SET = "ALTER INDEX {name} SET (fastupdate = on, gin_pending_list_limit = 256)"
UNSET = "ALTER INDEX {name} SET (fastupdate = off); ALTER INDEX {name} RESET (gin_pending_list_limit)"


class Migration(migrations.Migration):
    dependencies = [("leads", "0007_first_contact_policy_bounds")]

    operations = [
        migrations.SeparateDatabaseAndState(
            # a change of the setting alone, where Django would build the index anew
            database_operations=[
                migrations.RunSQL(SET.format(name=name), UNSET.format(name=name)) for name in NAMES
            ],
            state_operations=[
                operation
                for name, field in NAMES.items()
                for operation in (
                    migrations.RemoveIndex("lead", name),
                    migrations.AddIndex(
                        "lead",
                        django.contrib.postgres.indexes.GinIndex(
                            fields=[field], name=name, fastupdate=True, gin_pending_list_limit=256
                        ),
                    ),
                )
            ],
        )
    ]
