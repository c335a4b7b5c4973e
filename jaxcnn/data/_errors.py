"""The two ways in which getting data fails."""


class DataError(ValueError):
    """A file, archive or pair of data sets whose content is not what it should be."""


class DownloadError(OSError):
    """A download that did not end with the published file on this disk."""
