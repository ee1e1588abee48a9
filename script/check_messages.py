"""Checks that every text is translated; with `--update [PART ...]` brings the catalogs up to the sources first."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certbody.settings.test")
os.environ.setdefault("DATABASE_URL", "postgres:///not-used-here")

import django
from django.conf import settings

from core.catalogs import disagreements, problems_of, update_part


def main(arguments: list[str]) -> int:
    """Return 0 when every catalog is complete."""
    django.setup()
    named = [argument for argument in arguments if not argument.startswith("-")] or settings.TRANSLATED_PARTS
    unknown = sorted(set(named) - set(settings.TRANSLATED_PARTS))
    if unknown:  # locale/packages is written by hand: there are no sources to bring it up to
        print(f"No such part: {', '.join(unknown)}. There are {', '.join(settings.TRANSLATED_PARTS)}.")
        return 2
    if "--update" in arguments:
        for part in named:
            update_part(part)
    problems = [problem for part in named for problem in problems_of(part)] + list(disagreements())
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in the translations of {', '.join(named)}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
