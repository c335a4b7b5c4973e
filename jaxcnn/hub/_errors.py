"""The error of everything that can go wrong with a hub."""


class HubError(OSError):
    """The hub could not be reached, or its files are not what they should be.

    The message names the repository and the fault. The cache on this machine is unchanged.
    """
