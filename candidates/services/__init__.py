"""One function for each business verb of the candidates app."""
