"""What stops a start: told to the person in one sentence, without a traceback."""


class StartError(Exception):
    """The instance cannot be started (or found) as asked; the text is for people."""
