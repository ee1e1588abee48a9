"""Who may see what of a scheme. Schemes are public (ISO/IEC 17024 asks that a scheme be available on request)."""

from typing import Any

from accounts.permissions import reads_operations


def reads_history(user: Any, obj: object = None) -> bool:
    """Who loaded which version and when: officers, auditors and system administrators."""
    return reads_operations(user, obj)
