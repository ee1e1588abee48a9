"""Which function does one thing of which kind of batch; apart from core.batches, to be filled before models load."""

_paths: dict[str, str] = {}


def register_batch(kind: str, path: str) -> None:
    """Name the function (dotted path) that does one item of a batch of `kind`: (batch, item) -> what came of it."""
    _paths[kind] = path


def batch_path(kind: str) -> str:
    """Return the dotted path of the function for `kind`; raises `KeyError` when no app registered one."""
    return _paths[kind]
