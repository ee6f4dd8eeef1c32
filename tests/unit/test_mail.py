"""Mail as a real server on the loopback gets it, and what happens where there is none."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_string, policy
from email.message import EmailMessage
from typing import TextIO

import pytest

from proctor_app.services.mail import (
    LogMailer,
    Mail,
    MailFailed,
    Security,
    SmtpMailer,
    SmtpServer,
)

MAIL = Mail("ana@example.test", "Choose a new password", "https://a.example/#token=abc\nBye\n")


class Post:
    """A minimal SMTP server (RFC 5321) in a thread: keeps what it is told, speaks no TLS."""

    def __init__(self, refuses: str = "", greets: bool = True) -> None:
        self.said: list[str] = []
        self.message = ""
        self._refuses = refuses
        self._greets = greets
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._done.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a client
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rw", encoding="latin-1", newline="\r\n") as line:
                if not self._greets:
                    self._done.wait(10)
                    return
                self._answer(line, "220 here")
                while command := line.readline().strip():
                    self.said.append(command)
                    word = command.split()[0].upper()
                    if word == self._refuses:
                        self._answer(line, "550 no")
                    elif word == "EHLO":
                        self._answer(line, "250-here\r\n250 AUTH PLAIN")
                    elif word == "AUTH":
                        self._answer(line, "235 yes")
                    elif word == "DATA":
                        self._answer(line, "354 go on")
                        self._read_message(line)
                        self._answer(line, "250 taken")
                    elif word == "QUIT":
                        self._answer(line, "221 bye")
                        return
                    else:
                        self._answer(line, "250 yes")

    def _read_message(self, line: TextIO) -> None:
        while (text := line.readline()) != ".\r\n":
            self.message += text

    def _answer(self, line: TextIO, text: str) -> None:
        line.write(text + "\r\n")
        line.flush()


@contextmanager
def post(refuses: str = "", greets: bool = True) -> Iterator[Post]:
    server = Post(refuses, greets)
    try:
        yield server
    finally:
        server.close()


def mailer(port: int, security: Security = "none", user: str = "") -> SmtpMailer:
    server = SmtpServer("127.0.0.1", port, security, "proctor@example.test", user, "a secret")
    return SmtpMailer(server, timeout_s=1.0)


def test_given_a_server_then_it_gets_the_message_once_and_whole() -> None:
    with post() as server:
        mailer(server.port).send(MAIL)

    got = message_from_string(server.message, policy=policy.default)
    assert isinstance(got, EmailMessage)
    assert (got["From"], got["To"]) == ("proctor@example.test", "ana@example.test")
    assert got["Subject"] == "Choose a new password"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"]
    assert got["Message-ID"].endswith("@example.test>")
    assert got.get_content().replace("\r\n", "\n") == MAIL.text
    assert [said for said in server.said if said.upper().startswith("RCPT")] == [
        "rcpt TO:<ana@example.test>"
    ]
    assert not any(said.startswith("AUTH") for said in server.said)


def test_given_a_user_then_it_logs_in_first() -> None:
    with post() as server:
        mailer(server.port, user="proctor").send(MAIL)

    words = [said.split()[0].upper() for said in server.said]
    assert words.index("AUTH") < words.index("MAIL")


def test_given_starttls_and_a_server_without_it_then_nothing_is_said_in_the_clear() -> None:
    with post() as server, pytest.raises(MailFailed):
        mailer(server.port, "starttls", user="proctor").send(MAIL)

    assert {said.split()[0].upper() for said in server.said} <= {"EHLO", "QUIT"}
    assert server.message == ""


def test_given_tls_and_a_server_that_speaks_plainly_then_it_fails() -> None:
    with post() as server, pytest.raises(MailFailed):
        mailer(server.port, "tls").send(MAIL)


@pytest.mark.parametrize("word", ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
def test_given_a_server_that_refuses_then_it_fails(word: str) -> None:
    with post(refuses=word) as server, pytest.raises(MailFailed):
        mailer(server.port, user="proctor").send(MAIL)


def test_given_a_server_that_never_greets_then_it_fails_after_its_time() -> None:
    with post(greets=False) as server, pytest.raises(MailFailed):
        mailer(server.port).send(MAIL)


def test_given_no_server_then_it_fails() -> None:
    with post() as server:
        port = server.port
    with pytest.raises(MailFailed):
        mailer(port).send(MAIL)


def test_given_an_address_with_a_line_break_then_nothing_is_sent() -> None:
    with post() as server, pytest.raises(MailFailed):
        mailer(server.port).send(Mail("a@example.test\r\nBcc: b@example.test", "s", "t"))
    assert server.message == ""


def test_given_no_mail_is_set_up_then_the_text_stands_in_the_log_once_and_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        LogMailer().send(MAIL)

    assert caplog.text.count("#token=abc") == 1
    assert "PROCTOR_SMTP_HOST" in caplog.text
    assert MAIL.to not in caplog.text
