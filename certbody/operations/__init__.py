"""Keeping messages and documents going: pages for staff."""
