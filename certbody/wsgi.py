"""Entry point of the web server (gunicorn certbody.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certbody.settings.production")
application = get_wsgi_application()
