"""Bare views: what the framework costs by itself, behind the same middleware and the same question who may enter."""

from typing import Any
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from core.access import AccessMixin, opened
from exams.permissions import may_have_panels

TABLE = "CREATE TABLE bench_insert (id uuid PRIMARY KEY, account bigint NOT NULL, at timestamptz NOT NULL)"


class BareInsert(AccessMixin):
    """Inserts one row for an assessor who is signed in, and says so."""

    permission = may_have_panels

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Insert it."""
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_insert VALUES (%s, %s, now())", [str(uuid4()), request.user.pk])
        return JsonResponse({"stored": True})


@opened
def bare_select(request: HttpRequest, code: str) -> HttpResponse:
    """Reads one row by its key, for anybody, and says so: what a page that knows one certificate cannot do without."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, code FROM certificates_certificatecopy WHERE code = %s", [code])
        number, found = cursor.fetchone()
    return HttpResponse(f"{number} {found}")
