"""Pages of customers, contacts and opportunities; verbs stand in the address."""

from django.urls import path

from contacts.views import collisions, credit, customers, inline, opportunities

app_name = "contacts"
urlpatterns = [
    path("customers/", customers.customer_list, name="customers"),
    path("customers/new/", customers.customer_new, name="customer-new"),
    path("customers/<int:pk>/", customers.customer_page, name="customer"),
    path("customers/<int:pk>/edit/", customers.customer_change, name="customer-edit"),
    path("customers/<int:pk>/cell/", inline.customer_cell, name="customer-cell"),
    path("customers/<int:pk>/archive/", customers.customer_put_away, name="customer-archive"),
    path("customers/<int:pk>/restore/", customers.customer_bring_back, name="customer-restore"),
    path("customers/<int:pk>/timeline/", customers.customer_timeline, name="customer-timeline"),
    path("customers/<int:pk>/contacts/new/", customers.contact_new, name="contact-new"),
    path("customers/<int:pk>/opportunities/new/", opportunities.opportunity_new, name="opportunity-new"),
    path("contacts/", customers.contact_list, name="contacts"),
    path("contacts/<int:pk>/edit/", customers.contact_change, name="contact-edit"),
    path("contacts/<int:pk>/cell/", inline.contact_cell, name="contact-cell"),
    path("contacts/<int:pk>/archive/", customers.contact_put_away, name="contact-archive"),
    path("contacts/<int:pk>/restore/", customers.contact_bring_back, name="contact-restore"),
    path("opportunities/", opportunities.opportunity_list, name="opportunities"),
    path("opportunities/<int:pk>/", opportunities.opportunity_page, name="opportunity"),
    path("opportunities/<int:pk>/edit/", opportunities.opportunity_change, name="opportunity-edit"),
    path("opportunities/<int:pk>/credit/", credit.opportunity_credit, name="opportunity-credit"),
    path("opportunities/<int:pk>/cell/", inline.opportunity_cell, name="opportunity-cell"),
    path("opportunities/<int:pk>/archive/", opportunities.opportunity_put_away, name="opportunity-archive"),
    path("opportunities/<int:pk>/restore/", opportunities.opportunity_bring_back, name="opportunity-restore"),
    path("opportunities/<int:pk>/timeline/", opportunities.opportunity_timeline, name="opportunity-timeline"),
    path("leads/<int:pk>/convert/", opportunities.convert, name="lead-convert"),
    path("leads/<int:pk>/collision/", collisions.collision_of_lead, name="collision-lead"),
    path("customers/<int:pk>/collision/", collisions.collision_of_customer, name="collision-customer"),
    path("collisions/", collisions.collision_list, name="collisions"),
    path("collisions/<int:pk>/", collisions.collision_page, name="collision"),
    path("collisions/<int:pk>/statement/", collisions.collision_say, name="collision-statement"),
    path("collisions/<int:pk>/decide/", collisions.collision_settle, name="collision-decide"),
    path("collisions/<int:pk>/withdraw/", collisions.collision_take_back, name="collision-withdraw"),
]
