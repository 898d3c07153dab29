from django.db import migrations

FORWARD = """
CREATE FUNCTION salesflow_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON journal_event
    FOR EACH ROW EXECUTE FUNCTION salesflow_refuse_change();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON journal_event
    FOR EACH STATEMENT EXECUTE FUNCTION salesflow_refuse_change();
CREATE TRIGGER seal_no_change BEFORE UPDATE OR DELETE ON journal_seal
    FOR EACH ROW EXECUTE FUNCTION salesflow_refuse_change();
CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON journal_seal
    FOR EACH STATEMENT EXECUTE FUNCTION salesflow_refuse_change();
"""
BACKWARD = """
DROP TRIGGER event_no_change ON journal_event;
DROP TRIGGER event_no_truncate ON journal_event;
DROP TRIGGER seal_no_change ON journal_seal;
DROP TRIGGER seal_no_truncate ON journal_seal;
DROP FUNCTION salesflow_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
