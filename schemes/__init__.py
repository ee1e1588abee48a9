"""Certification schemes: what is examined, by which rules, in which version."""
