"""Static files as a server has them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

OWN_SCRIPTS = "js/*.js"
"""Scripts of packages import by names of their own, which mean nothing here."""


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # a package without types
    """Names every file by its content, also where one of our scripts imports another.

    Otherwise a page that is loaded while a new version goes online could mix scripts of both.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (OWN_SCRIPTS, CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
