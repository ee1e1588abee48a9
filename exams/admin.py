"""The tables of exams in the administration site, for superusers to look at.

Marks are not among them: nobody sees another's before every assessor of the stage has sealed, and a superuser may be
one of them.
"""

from core.adminsite import register_read_only
from exams.models import CriticalNote, MarkEvent, Settlement, Sheet

register_read_only("exams", special=(Sheet, MarkEvent, CriticalNote, Settlement))
