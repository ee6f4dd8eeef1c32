"""Looking for a part of a text, alike on every database."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session, func


def has(session: Session, column: Mapped[str], text: str) -> ColumnElement[bool]:
    """Whether the text is in there, in upper or lower case; % and _ are letters like others."""
    if session.get_bind().dialect.name != "sqlite":
        return column.icontains(text, autoescape=True)
    if text.isascii():  # its LIKE takes A for a
        return column.contains(text, autoescape=True)
    return func.casefold(column).contains(text.casefold(), autoescape=True)
