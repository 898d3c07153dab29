"""What stands under mails that go out in a person's name."""

from salesflow.people.models import User


def signature_read(text: str) -> str:
    """A signature as it is kept: plain lines, none of them empty at the beginning or the end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def signed_by(user: User) -> str:
    """The end of a mail in this person's name: his signature, set off as mail programs know it, or his name."""
    return f"-- \n{user.signature}" if user.signature else str(user)
