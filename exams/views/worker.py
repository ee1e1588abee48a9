"""The service worker: its script comes from static/js/worker.js, its list of files from here.

It must be served from /exams/ to rule there, and its bytes must change with every release, so that browsers notice.
"""

import json
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from core.access import opened

_STYLES = ("bootstrap/css/bootstrap.min.css", *(
    f"css/{name}.css" for name in ("theme", "parts", "print", "marking")
))  # fmt: skip
_SCRIPTS = ("django_htmx/htmx-2.min.js", *(
    f"js/{name}.js" for name in ("early", "site", "drafts", "forms", "menus", "outcomes", "shortcuts")
))  # fmt: skip
_PICTURES = ("img/favicon.svg", "img/icons.svg", "img/mark.svg")


def _modules() -> list[str]:
    """Name the modules of marking, also those that are loaded only when needed."""
    folder = settings.PROJECT_DIR / "static" / "js"
    return sorted(f"js/{path.name}" for start in ("device", "mark") for path in folder.glob(f"{start}*.js"))


ASSETS = (*_STYLES, *_SCRIPTS, *_PICTURES, *_modules())
"""What a marking page loads; a test compares it with a real page."""


@opened
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker to everyone: it holds nothing but the names of static files."""
    script = static("js/worker.js")
    assets = [static(name) for name in ASSETS]
    version = sha256("\n".join([script, *assets]).encode()).hexdigest()[:12]
    release = json.dumps({"version": version, "prefix": settings.STATIC_URL, "assets": assets})
    return HttpResponse(
        f"self.release = {release};\nimportScripts({json.dumps(script)});\n",
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/exams/"},
    )
