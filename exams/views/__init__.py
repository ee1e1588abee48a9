"""Pages of sessions, exams, marking and results."""
