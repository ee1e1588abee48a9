"""Benchmarks, run by hand against the real server: `python -m bench.marking`. docs/benchmarks.md keeps the figures.

Each measures a ratio against a floor in the same run, so that the machine does not matter; none is a test.
"""
