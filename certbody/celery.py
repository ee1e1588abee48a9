"""The Celery application; its settings are Django's (DJANGO_SETTINGS_MODULE), with the prefix CELERY_."""

from celery import Celery

app = Celery("certbody")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
