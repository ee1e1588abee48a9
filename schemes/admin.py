"""The tables of schemes in the administration site, for superusers to look at."""

from core.adminsite import register_read_only

register_read_only("schemes")
