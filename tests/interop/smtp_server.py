"""An SMTP server for tests: aiosmtpd, told by options how to misbehave, reporting as JSON lines on standard output.

First line: {"event": "listening", "port": N}. Then {"event": "mail", ...} for each message that was taken and
{"event": "refused", "code": N} for each that was not. It ends when standard input does, that is, with its parent.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings


def report(**line):
    print(json.dumps(line), flush=True)


try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError as error:
    report(event="error", message=f"{error}; install it with: pip install -r tests/interop/requirements.txt")
    sys.exit(2)


def parts(raw):
    """What Python's own e-mail library makes of the bytes."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    found = {"headers": [[name, str(value)] for name, value in message.items()], "defects": []}
    for part in message.walk():
        found["defects"] += [repr(defect) for defect in part.defects]
    for name, kind in (("text", "plain"), ("html", "html")):
        body = message.get_body((kind,))
        found[name] = None if body is None else body.get_content()
    found["parts"] = sum(1 for part in message.walk() if not part.is_multipart())
    return found


class Handler:
    def __init__(self, options):
        self.options = options
        self.to_fail = options.fail_first
        self.sessions = []

    def number(self, session):
        """The connections counted from 1, so that a test sees which mails shared one."""
        if session not in self.sessions:
            self.sessions.append(session)
        return self.sessions.index(session) + 1

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.options.reject:
            report(event="refused", code=550)
            return "550 5.1.1 No such user here"
        self.number(session)  # counts, also where its mail never comes to an end
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.options.slow)
        if self.to_fail > 0:
            self.to_fail -= 1
            report(event="refused", code=451)
            return "451 4.3.0 Try again later"
        raw = envelope.original_content
        report(
            event="mail",
            mail_from=envelope.mail_from,
            rcpt_to=envelope.rcpt_tos,
            auth=session.auth_data,
            tls=session.ssl is not None or self.options.tls is not None,
            connection=self.number(session),
            hello=session.host_name,
            raw=base64.b64encode(raw).decode("ascii"),
            **parts(raw),
        )
        return "250 2.0.0 Taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        user, password = data.login.decode("utf-8"), data.password.decode("utf-8")
        if f"{user}:{password}" == self.options.auth:
            return AuthResult(success=True, auth_data=user)
        report(event="refused", code=535)
        said = f" You said {password}" if self.options.repeat_password else ""
        # handled=False makes aiosmtpd write the answer; otherwise nobody would, and the client would wait for ever.
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 Wrong user or password.{said}")


def tls_context(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


async def serve(options):
    handler = Handler(options)
    starttls = tls_context(options.starttls) if options.starttls else None
    implicit = tls_context(options.tls) if options.tls else None

    def protocol():
        return SMTP(
            handler,
            hostname="mail.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=options.auth is not None,
            # aiosmtpd counts STARTTLS only, so with TLS from the start it would wait for that.
            auth_require_tls=starttls is not None,
            authenticator=handler.authenticate,
            timeout=options.idle,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=implicit)
    report(event="listening", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="ask for this user and password")
    parser.add_argument("--starttls", nargs=2, metavar=("CERT", "KEY"), help="offer and require STARTTLS")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="TLS from the start")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N mails with 451")
    parser.add_argument("--reject", action="store_true", help="answer every recipient with 550")
    parser.add_argument("--slow", type=float, default=0, metavar="SECONDS", help="think this long about each mail")
    parser.add_argument("--idle", type=float, default=300, metavar="SECONDS", help="hang up after so long a silence")
    parser.add_argument("--repeat-password", action="store_true", help="repeat a wrong password in the answer")
    parser.add_argument("--verbose", action="store_true", help="show aiosmtpd's own log on standard error")
    options = parser.parse_args()
    if not options.verbose:
        # It warns of what tests do on purpose: passwords without TLS, certificates that nobody trusts.
        warnings.simplefilter("ignore")
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
