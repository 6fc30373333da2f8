"""The test run: which parts it needs, its stages, and the sum at its end. Python's standard library only: it is what
installs everything else."""
