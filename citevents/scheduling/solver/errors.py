"""What an agenda problem can be refused for."""

from citevents.scheduling.solver.sentences import Message


class BadProblem(ValueError):
    """Input that is no agenda problem: says where (sheet, row and column, or JSON path) and what to do."""

    def __init__(self, where: str, reason: Message) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
