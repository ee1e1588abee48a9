"""The site: settings, routes, the Celery application, and what spans the apps."""

from certbody.celery import app as celery_app  # every process that enqueues a task needs it

__all__ = ["celery_app"]
