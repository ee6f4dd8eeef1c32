"""Exams: written, kept in files, given to people, opened in a browser that is locked down."""

from typing import TypedDict

from proctor_app.composition.ground import Ground, Records
from proctor_app.services.catalogue import Catalogue
from proctor_app.services.exam_files import ExamFiles
from proctor_app.services.exam_pictures import ExamPictures
from proctor_app.services.exams import Exams
from proctor_app.services.overview import Overview
from proctor_app.services.practice import Practice
from proctor_app.services.rosters import Rosters
from proctor_app.services.seb import Seb


class Authoring(TypedDict):
    exams: Exams
    exam_pictures: ExamPictures
    exam_files: ExamFiles
    catalogue: Catalogue
    rosters: Rosters
    seb: Seb
    practice: Practice
    overview: Overview


def build_authoring(ground: Ground, records: Records) -> Authoring:
    database, audit, clock = ground.database, ground.audit, ground.clock
    exams = Exams(database, ground.pictures, ground.cursors, audit, clock)
    pictures = ExamPictures(database, records.versions, ground.pictures, audit, clock)
    public_url = ground.settings.public_url
    return Authoring(
        exams=exams,
        exam_pictures=pictures,
        exam_files=ExamFiles(exams, pictures),
        catalogue=Catalogue(database, records.versions, ground.cursors),
        rosters=Rosters(database, audit, clock),
        seb=Seb(database, audit, ground.throttle, clock, public_url, ground.secret),
        practice=Practice(database, audit, clock),
        overview=Overview(database),
    )
