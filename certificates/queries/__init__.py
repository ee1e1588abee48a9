"""Reads of decisions, contracts, certificates and all that follows them; each module has its own."""
