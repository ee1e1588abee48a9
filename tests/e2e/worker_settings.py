"""Settings of the Celery worker that the end-to-end tests start: those of the tests, but e-mails become files."""

from certbody.settings.environment import env
from certbody.settings.test import *  # noqa: F403 -- settings modules extend one another by star import

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH")
