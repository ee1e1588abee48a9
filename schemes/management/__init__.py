"""Commands of the schemes."""
