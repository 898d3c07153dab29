from django.db import migrations

# what a model is made of; status, times and the counters of an edit go on moving
FORWARD = """
CREATE FUNCTION leads_scoring_model_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.status = 'draft' OR
        (NEW.name, NEW.number, NEW.source_id, NEW.components, NEW.fit_cap, NEW.engagement_cap, NEW.method,
            NEW.threshold_a, NEW.threshold_b, NEW.matrix, NEW.half_life_days, NEW.downgrade_after_days)
        IS DISTINCT FROM
        (OLD.name, OLD.number, OLD.source_id, OLD.components, OLD.fit_cap, OLD.engagement_cap, OLD.method,
            OLD.threshold_a, OLD.threshold_b, OLD.matrix, OLD.half_life_days, OLD.downgrade_after_days)
    THEN
        RAISE EXCEPTION 'scoring model % has been active and never changes', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'scoring_model_never_changes_once_active';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scoring_model_frozen BEFORE UPDATE OR DELETE ON leads_scoringmodel
    FOR EACH ROW EXECUTE FUNCTION leads_scoring_model_frozen();
"""
BACKWARD = """
DROP TRIGGER scoring_model_frozen ON leads_scoringmodel;
DROP FUNCTION leads_scoring_model_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_scoring_model_regrades")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
