"""Rights that functions have and that no test uses, each with the reason why it stays."""

UNUSED: dict[tuple[str, str, str], str] = {}
