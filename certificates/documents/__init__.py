"""Printed documents: pure functions from a frozen snapshot to PDF bytes.

`certificate` and `contract` load WeasyPrint: only workers import them, by the path under which they are registered.
`snapshots` is light, and what services import.
"""
