"""Pages of decisions, contracts and certificates, by who works with them."""
