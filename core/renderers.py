"""Which function renders which kind of document; apart from core.rendering, to be filled before models load."""

_paths: dict[str, str] = {}


def register_renderer(kind: str, path: str) -> None:
    """Name the pure function (dotted path) that turns a snapshot of `kind` into PDF bytes.

    A path and not the function: only the worker pays for loading the PDF engine.
    """
    _paths[kind] = path


def renderer_path(kind: str) -> str:
    """Return the dotted path of the renderer of `kind`; raises `KeyError` when no app registered one."""
    return _paths[kind]
