"""Pages of leads; verbs stand in the address and take POST only."""

from django.urls import path

from leads.views import bulk, deeds, detail, duplicates, entry, imports, lists
from leads.web import views as web

app_name = "leads"
urlpatterns = [
    path("leads/", lists.lead_list, name="list"),
    path("leads/new/", entry.lead_new, name="new"),
    path("leads/new/alike/", entry.alike, name="alike"),
    path("leads/duplicates/", duplicates.duplicate_list, name="duplicates"),
    path("leads/duplicates/search/", duplicates.duplicates_search, name="duplicates-search"),
    path("leads/import/", imports.import_new, name="import-new"),
    path("leads/import/template.csv", imports.template_csv, name="import-template-csv"),
    path("leads/import/template.xlsx", imports.template_xlsx, name="import-template-xlsx"),
    path("leads/imports/", lists.import_list, name="imports"),
    path("leads/imports/<int:pk>/", imports.import_page, name="import"),
    path("leads/imports/<int:pk>/start/", imports.import_begin, name="import-start"),
    path("leads/imports/<int:pk>/preview/", imports.preview, name="import-preview"),
    path("leads/imports/<int:pk>/reread/", imports.reread, name="import-reread"),
    path("leads/imports/<int:pk>/stop/", imports.stop, name="import-stop"),
    path("leads/imports/<int:pk>/progress/", imports.import_progress, name="import-progress"),
    path("leads/imports/<int:pk>/rejected/", imports.import_rejected, name="import-rejected"),
    path("leads/imports/<int:pk>/undo/", imports.undo, name="import-undo"),
    path("leads/imports/<int:pk>/retry/", imports.retry, name="import-retry"),
    path("leads/<int:pk>/", detail.lead_detail, name="detail"),
    path("leads/<int:pk>/timeline/", detail.lead_timeline_page, name="timeline"),
    path("leads/<int:pk>/edit/", deeds.lead_change, name="edit"),
    path("leads/<int:pk>/contact/", deeds.lead_contact, name="contact"),
    path("leads/<int:pk>/assign/", deeds.lead_give, name="assign"),
    path("leads/<int:pk>/verify/", deeds.lead_check, name="verify"),
    path("leads/<int:pk>/auto-assign/", deeds.auto_assign, name="auto-assign"),
    path("leads/<int:pk>/claim/", deeds.claim, name="claim"),
    path("leads/<int:pk>/reveal/", deeds.reveal, name="reveal"),
    path("leads/<int:pk>/return/", deeds.lead_give_back, name="return"),
    path("leads/<int:pk>/qualify/", deeds.qualify, name="qualify"),
    path("leads/<int:pk>/disqualify/", deeds.lead_out, name="disqualify"),
    path("leads/<int:pk>/reopen/", deeds.reopen, name="reopen"),
    path("leads/<int:pk>/archive/", deeds.archive, name="archive"),
    path("leads/<int:pk>/restore/", deeds.restore, name="restore"),
    path("leads/<int:pk>/compare/", duplicates.compare, name="compare"),
    path("leads/<int:pk>/keep-apart/", duplicates.keep_apart, name="keep-apart"),
    path("leads/<int:pk>/compare-again/", duplicates.compare_again, name="compare-again"),
    path("leads/<int:pk>/unmerge/", duplicates.unmerge, name="unmerge"),
    path("leads/assign/", bulk.assign_many, name="assign-many"),
    path("f/<str:token>/", web.web_form, name="web-form"),
    path("f/<str:token>/thanks/", web.web_form_thanks, name="web-form-thanks"),
    path("pool/claim/", bulk.claim_many, name="claim-many"),
    path("pool/", lists.pool_list, name="pool"),
]
