"""What `bench/run` does. Python's standard library only."""
