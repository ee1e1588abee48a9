"""What makes a run of all tests quick, whatever they prove."""

import gc
from pathlib import Path

import pytest

# The longest files, the longest first: begun last, one of them would run on alone. script/test gives each file whole to
# one process. The papers need no database and are laid out while another process migrates it.
LONGEST = (
    "e2e/test_pages.py",
    "exams/documents/test_layout.py",
    "exams/documents/test_protocol.py",
    "certificates/test_documents.py",
    "site/test_access.py",
    "e2e/test_main_path.py",
    "exams/test_marking_browser.py",
    "e2e/test_nothing_is_lost.py",
    "exams/test_device_offline.py",
    "exams/test_device_people.py",
    "exams/test_pages_browser.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays in its order."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """Leave what has been imported out of every collection of garbage, and collect less often: a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
