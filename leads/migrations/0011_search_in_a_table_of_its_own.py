import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# rows are entered by the thousand, but changed one by one: for a batch of them the trigger runs once
FORWARD = r"""
INSERT INTO leads_leadsearch (lead_id, search) SELECT id, search FROM leads_lead;
CREATE FUNCTION leads_search_enter() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO leads_leadsearch (lead_id, search)
    SELECT id, salesflow_lexemes(coalesce(contact_name, '') || E'\n' || coalesce(company_name, '') || E'\n'
        || coalesce(email, '') || E'\n' || coalesce(phone, '') || E'\n' || coalesce(mobile, '') || E'\n'
        || coalesce(external_id, ''))
    FROM entered;
    RETURN NULL;
END $$;
CREATE FUNCTION leads_search_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE leads_leadsearch SET search = salesflow_lexemes(
        coalesce(NEW.contact_name, '') || E'\n' || coalesce(NEW.company_name, '') || E'\n'
        || coalesce(NEW.email, '') || E'\n' || coalesce(NEW.phone, '') || E'\n' || coalesce(NEW.mobile, '') || E'\n'
        || coalesce(NEW.external_id, ''))
    WHERE lead_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_search_enter AFTER INSERT ON leads_lead REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION leads_search_enter();
CREATE TRIGGER lead_search_change
    AFTER UPDATE OF contact_name, company_name, email, phone, mobile, external_id ON leads_lead FOR EACH ROW
    WHEN ((OLD.contact_name, OLD.company_name, OLD.email, OLD.phone, OLD.mobile, OLD.external_id)
        IS DISTINCT FROM (NEW.contact_name, NEW.company_name, NEW.email, NEW.phone, NEW.mobile, NEW.external_id))
    EXECUTE FUNCTION leads_search_change();
"""
BACKWARD = """
DROP TRIGGER lead_search_change ON leads_lead;
DROP TRIGGER lead_search_enter ON leads_lead;
DROP FUNCTION leads_search_change();
DROP FUNCTION leads_search_enter();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0010_merge_leads")]

    operations = [
        migrations.CreateModel(
            name="LeadSearch",
            fields=[
                (
                    "lead",
                    models.OneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="searched",
                        serialize=False,
                        to="leads.lead",
                    ),
                ),
                ("search", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveIndex(model_name="lead", name="lead_search"),
        migrations.RemoveField(model_name="lead", name="search"),
        migrations.AddIndex(
            model_name="leadsearch",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search"], name="lead_search", fastupdate=True, gin_pending_list_limit=256
            ),
        ),
    ]
