"""The Celery application; its settings are Django's (DJANGO_SETTINGS_MODULE), with the prefix CELERY_."""

from celery import Celery

app = Celery("certbody")
app.set_default()  # in every thread: without it, a thread of a web server would send to a broker that nobody configured
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
