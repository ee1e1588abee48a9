"""What stands behind script/server and script/test. `main` and what it imports need the standard library alone."""
