"""The core app."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CoreConfig(AppConfig):
    """Configuration of the core app."""

    name = "core"


class ReadOnlyAdminConfig(AdminConfig):
    """Django's administration site, replaced by one in which nothing can be changed."""

    default_site = "core.adminsite.ReadOnlySite"
