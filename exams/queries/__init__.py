"""Reads of exams: sessions and their panels, attempts and queues, marks."""
