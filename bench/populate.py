"""Fill the database in the environment: `python -m bench.populate 1000000`. It has to hold the reference data only."""

import sys

import django


def main() -> None:
    """Fill it."""
    django.setup()
    from bench.frame import frame  # noqa: PLC0415 -- models can only be imported once Django is set up
    from bench.population import populate  # noqa: PLC0415

    populate(int(sys.argv[1]), frame(), say=lambda words: print(words, flush=True))


if __name__ == "__main__":
    main()
