"""The process environment, read with types; a missing or wrong variable is named in the error (`EnvError`)."""

from importlib.util import find_spec
from pathlib import Path

from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env()


def package_data(name: str) -> Path:
    """Return the folder of static files that an XStatic package carries, without running the package."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed: run script/server, or install requirements.txt")
    return Path(spec.origin).parent / "data"
