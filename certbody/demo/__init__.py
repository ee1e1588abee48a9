"""Demo data: plausible people whose cases have gone through the real services, day by day, up to today."""
