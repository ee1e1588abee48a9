"""Loaded by pytest before anything else: Postgres and Redis for this run, embedded where the environment names none."""

from certbody.embedded import provide_test_services

provide_test_services()
