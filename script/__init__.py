"""What a person runs: server, test, lock. The work is done in `script.lib`."""
