"""Printed papers of exams: pure functions from a frozen snapshot to PDF bytes.

`protocol` and `dossier` load WeasyPrint: only workers import them, by the path under which they are registered.
`snapshots` is light, and what services import.
"""
