"""What a list page does to become a table: sent at once, or made by a worker."""

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy as _

from certificates.services.exports import AT_ONCE, note_export, start_export
from certificates.services.guards import NOT_YOUR_ROLE
from core.access import Predicate
from core.errors import NotAllowed, RuleViolation
from core.exports import Format, csv_lines, write_xlsx
from core.models import Batch, BatchItem
from core.services.uploads import store_made

if TYPE_CHECKING:
    from certificates.views.common import TableMixin

NOT_UNDERSTOOD = _("A filter in the address is not valid. Correct it first: without it the list would hold more.")
_NOT_FILTERS = ("format", "page")
_ASCII = str.maketrans("əƏıİğĞşŞçÇöÖüÜ", "eEiIgGsScCoOuU")


@dataclass(frozen=True, slots=True)
class ExportLinks:
    """What the page of a list offers: addresses of the tables, or that they are to be prepared."""

    filters: str
    count: int
    is_more: bool = False  # there are more rows than were counted

    @property
    def at_once(self) -> bool:
        """Tell whether the table is sent as it is asked for."""
        return self.count <= AT_ONCE and not self.is_more

    @property
    def formats(self) -> list[tuple[str, str]]:
        """Each format with its name and address."""
        kept = f"{self.filters}&" if self.filters else ""
        return [(kind.value, f"?{kept}format={kind}") for kind in Format]


def export_format(asked: QueryDict) -> Format | None:
    """Return the kind of table that is asked for; None when none is."""
    wanted = asked.get("format", "")
    return Format(wanted) if wanted in set(Format) else None


def export_links(request: HttpRequest, count: int, *, is_more: bool = False) -> ExportLinks:
    """Return what the page of a list with `count` rows, or more, offers."""
    return ExportLinks(filters_of(request), count, is_more)


def filters_of(request: HttpRequest) -> str:
    """Return the filters in the address, without page and format."""
    kept = request.GET.copy()
    for name in _NOT_FILTERS:
        kept.pop(name, None)
    return kept.urlencode()


def list_address(request: HttpRequest) -> str:
    """Return the address of the list itself, with its filters."""
    return f"{request.path}?{filters_of(request)}"


def send_table(view: "TableMixin", kind: Format) -> HttpResponse:
    """Send what the list shows as a table, and note it.

    Raises `RuleViolation` "filters" for a filter that makes no sense, "too_long" for too many rows.
    """
    _require_understood(view)
    name = str(view.export_name)
    count = view.found().count()
    note_export(actor=view.user, name=name, kind=kind, filters=filters_of(view.request), rows=count)
    language = get_language() or ""
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(name, kind)}"',
        "Cache-Control": "private, no-store",
    }
    found = view.table_rows()
    if kind == Format.CSV:
        lines = csv_lines(view.columns, found, language)
        return StreamingHttpResponse(lines, content_type=kind.content_type, headers=headers)  # type: ignore[return-value]
    made = TemporaryFile()  # noqa: SIM115 -- the response closes it
    write_xlsx(made, name, view.columns, found, language)
    made.seek(0)
    return FileResponse(made, content_type=kind.content_type, headers=headers)  # type: ignore[return-value]


def start_table(view: "TableMixin", kind: Format) -> Batch:
    """Have what the list shows made into a table by a worker.

    Raises `RuleViolation` "filters" for a filter that makes no sense, "too_many" (see start_export).
    """
    _require_understood(view)
    return start_export(
        actor=view.user,
        name=view.export_name,
        kind=kind,
        filters=filters_of(view.request),
        rows=view.found().count(),
        page={
            "view": f"{type(view).__module__}.{type(view).__qualname__}",
            "arguments": {name: str(value) for name, value in view.kwargs.items()},
        },
    )


def make_table(batch: Batch, item: BatchItem) -> Promise:
    """Make the table of an export (a batch of kind "export"): what the list would show now to who asked for it.

    Raises `NotAllowed` "role" when they may no longer read the list; `RuleViolation` "filters" when a filter makes no
    sense any more, because what it names is gone.
    """
    view = _list_view(batch)
    kind = Format(batch.parameters["format"])
    permission = type(view).permission
    if permission is None or not view.may(cast(Predicate, permission)):
        raise NotAllowed(NOT_YOUR_ROLE, code="role")
    _require_understood(view)
    name, language = str(view.export_name), get_language() or ""
    found = view.table_rows()
    with TemporaryFile() as made:
        if kind == Format.CSV:
            made.writelines(csv_lines(view.columns, found, language))
        else:
            write_xlsx(made, name, view.columns, found, language)
        batch.result = store_made(
            made, name=file_name(name, kind), content_type=kind.content_type, actor=batch.started_by
        )
    return _("The table is ready to be downloaded.")


def _require_understood(view: "TableMixin") -> None:
    if not view.is_understood:
        raise RuleViolation(NOT_UNDERSTOOD, code="filters")


def _list_view(batch: Batch) -> "TableMixin":
    """Return the list as who started the batch would ask for it."""
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", batch.started_by, QueryDict(batch.parameters["filters"])
    view: Any = import_string(batch.parameters["view"])()
    view.setup(request, **batch.parameters["arguments"])
    return view  # type: ignore[no-any-return]


def file_name(name: str, kind: Format) -> str:
    """Return e.g. "sertifikatlar-2026-11-20.xlsx"."""
    return f"{slugify(name.translate(_ASCII))}-{timezone.localdate():%Y-%m-%d}.{kind}"
