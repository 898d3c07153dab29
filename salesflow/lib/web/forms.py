"""Django forms in the house's look: `{{ form }}`, `{{ field.as_field_group }}`, nothing to add per form.

A form may name fields that stand two in a row: `half = ("contact_name", "phone")`.
"""

from django.forms.renderers import TemplatesSetting


class HouseRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/_field.html"
