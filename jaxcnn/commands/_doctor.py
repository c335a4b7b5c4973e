"""The subcommand `jaxcnn doctor`."""

from jaxcnn.doctor import examine


def doctor(*, json: bool = False) -> int:
    """Check whether everything works on this machine, and what would make it faster.

    Args:
        json: Print JSON instead of text.

    Returns:
        The exit status: 0, or 1 if something is broken.
    """
    report = examine()
    print(report.to_json(indent=1) if json else report)
    return 1 if report.broken else 0
