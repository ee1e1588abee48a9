"""What people type; each module has its own subject."""
