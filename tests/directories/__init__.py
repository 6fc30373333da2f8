"""Real directories for tests: slapd and a Samba domain controller, started as child processes on loopback addresses.
Python's standard library only."""
