from django.db import migrations

FORWARDS = """
CREATE FUNCTION calendar_version_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'calendar_version_never_changes: other hours are a new version'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER calendar_version_never_changes
    BEFORE UPDATE ON clocks_calendarversion
    FOR EACH ROW EXECUTE FUNCTION calendar_version_never_changes();
"""
BACKWARDS = """
DROP TRIGGER calendar_version_never_changes ON clocks_calendarversion;
DROP FUNCTION calendar_version_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
