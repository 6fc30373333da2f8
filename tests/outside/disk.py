"""A disk without room for one server: by a limit on the size of its files."""

import resource


def full(server):
    """From now on no file of the server may be written to, as if the disk were full."""
    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, most))


def roomy(server):
    """There is room again."""
    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
