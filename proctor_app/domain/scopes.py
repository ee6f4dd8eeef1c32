"""What an API key may be allowed: parts of what its owner may, none of which judges anybody."""

from enum import StrEnum


class Scope(StrEnum):
    """A part of what a machine may do with a key."""

    EXAMS_READ = "exams:read"
    EXAMS_WRITE = "exams:write"
    ROSTERS_READ = "rosters:read"
    ROSTERS_WRITE = "rosters:write"
    PEOPLE_READ = "people:read"
    ATTEMPTS_READ = "attempts:read"
    ATTEMPTS_WRITE = "attempts:write"
    INCIDENTS_READ = "incidents:read"
    REPORTS_READ = "reports:read"


MEANING: dict[Scope, str] = {
    Scope.EXAMS_READ: "See exams with their questions, right answers and pictures",
    Scope.EXAMS_WRITE: "Make, change, publish and remove exams, say who watches them",
    Scope.ROSTERS_READ: "See who may sit an exam, and what is granted to them",
    Scope.ROSTERS_WRITE: "Put people on rosters, change what is granted, take them off",
    Scope.PEOPLE_READ: "See accounts: names, e-mail addresses, roles",
    Scope.ATTEMPTS_READ: "See attempts, answers, scores and how many are running",
    Scope.ATTEMPTS_WRITE: "Pause attempts, let them go on, write to candidates",
    Scope.INCIDENTS_READ: "See incidents, the queue of reviews, and evidence pictures",
    Scope.REPORTS_READ: "Make and fetch reports and archives of whole exams",
}
