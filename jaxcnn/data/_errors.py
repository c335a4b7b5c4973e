"""Errors of reading and of downloading data."""


class DataError(ValueError):
    """A file, an archive or a pair of data sets has unexpected content."""


class TooManyPixelsError(DataError):
    """A picture file has more pixels than `max_pixels`; it was not decoded."""


class DownloadError(OSError):
    """A download failed, or could not be stored on this disk."""
