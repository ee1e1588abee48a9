"""Every test of applications has the scheme and the texts that applicants agree to at hand."""

import pytest

from candidates.services.declarations import load_declarations
from schemes.models import SchemeVersion


@pytest.fixture
def scheme_version(version: SchemeVersion) -> SchemeVersion:
    """The scheme in force, with the declaration texts loaded."""
    load_declarations()
    return version
