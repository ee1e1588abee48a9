"""The verbs of exams: sessions, scheduling, the day of the exam, marking, sign-off and release."""
