"""What a web server calls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesflow.settings")
application = get_wsgi_application()

from salesflow.runtime.guard import refuse_in_production  # noqa: E402  # needs the applications

refuse_in_production()
