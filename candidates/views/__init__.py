"""Pages of the candidates app."""
