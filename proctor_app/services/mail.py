"""Mail: a port with two adapters, SMTP, and the log for installations that have none set up."""

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal, Protocol

log = logging.getLogger(__name__)
_TIMEOUT_S = 10.0
Security = Literal["starttls", "tls", "none"]


class MailFailed(Exception):
    """The server could not be reached, or did not take the message."""


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str


class Mailer(Protocol):
    def send(self, mail: Mail) -> None:
        """Hand one message over; may take seconds. Raises MailFailed."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """security: starttls (refused where the server has none), tls from the first byte, or none.
    sender: the address in From."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = ""


class SmtpMailer:
    def __init__(self, server: SmtpServer, timeout_s: float = _TIMEOUT_S) -> None:
        self._server = server
        self._timeout_s = timeout_s

    def send(self, mail: Mail) -> None:
        """A connection for each message; certificates are verified. Raises MailFailed."""
        try:
            with self._connection() as connection:
                if self._server.security == "starttls":
                    connection.starttls(context=ssl.create_default_context())
                if self._server.user:
                    connection.login(self._server.user, self._server.password)
                connection.send_message(self._message(mail))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailFailed(type(error).__name__) from error

    def _connection(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.security == "tls":
            return smtplib.SMTP_SSL(
                host, port, timeout=self._timeout_s, context=ssl.create_default_context()
            )
        return smtplib.SMTP(host, port, timeout=self._timeout_s)

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._server.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return
        message.set_content(mail.text)
        return message


class LogMailer:
    """Writes the text of a message to the log, once, and says why: an installation without mail
    still works for the operator who can read it. The addressee is not named."""

    def send(self, mail: Mail) -> None:
        log.warning(
            "mail.not_set_up: set PROCTOR_SMTP_HOST to send this instead of logging it\n%s",
            mail.text,
        )
