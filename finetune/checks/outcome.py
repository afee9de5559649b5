"""What a check says: one line for what holds, and an exception that names the first thing that does not."""


class CheckFailed(Exception):
    pass


def require(holds: bool, message: str) -> None:
    if not holds:
        raise CheckFailed(message)


def say(message: str) -> None:
    print(f"ok  {message}", flush=True)
