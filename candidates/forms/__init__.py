"""Forms of the candidates app."""
