"""Where the API is, and how requests to it are signed.

The local stack verifies no signature: twelve digits as the access key id are the account of the caller. A deployed stack
is behind API Gateway, which verifies a signature by an IAM identity for the service `execute-api`.
"""

import os
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ConnectionClosedError, EndpointConnectionError, HTTPClientError
from botocore.httpsession import URLLib3Session

from access.failure import Failure, refusal

LOCAL_ACCOUNT = "111122223333"
"""The account that owns the local stack, and of every request to it that names no other account."""

UNUSED_KEY = (
    f"AWS_ACCESS_KEY_ID is not twelve digits, so account {LOCAL_ACCOUNT} is used: the local stack takes the account of the caller "
    "from the access key id. Choose the account with --account, or set AWS_ACCESS_KEY_ID to its twelve digits. A deployed stack is "
    "named by --endpoint"
)
"""A key of AWS names no account to the local stack; who has one in the environment may expect the account of the key."""

ACCOUNT = re.compile(r"[0-9]{12}")
SECONDS = 60


def checked_account(text: str) -> str:
    """The account, if the text is one."""
    if not ACCOUNT.fullmatch(text):
        raise Failure(f"`{text}` is not an account: an AWS account has twelve digits")
    return text


@dataclass(frozen=True)
class Reply:
    """What the API answered to one request that succeeded."""

    headers: dict
    body: bytes


@dataclass(frozen=True)
class Endpoint:
    """An API, and the identity that calls it."""

    url: str
    region: str
    credentials: Credentials
    account: str | None
    """The account of the caller on the local stack; `None` for a deployed stack, which knows it by the signature."""
    is_local: bool
    set_aws_url: str | None = None
    """The AWS services of the local stack, where a setting names them."""
    account_note: str | None = None
    """What the caller should know of the account, where the settings name another one than the caller may expect."""
    http: URLLib3Session = field(default_factory=lambda: URLLib3Session(timeout=SECONDS))

    @cached_property
    def aws_url(self) -> str:
        """The AWS services of the local stack. The stack itself says where they are, when a request for them reaches its API."""
        if self.set_aws_url:
            return self.set_aws_url
        request = AWSRequest(method="GET", url=f"{self.url}/")
        SigV4Auth(self.credentials, "sts", self.region).add_auth(request)
        reply = self.answer(request)
        if reply.headers.get("x-amzn-errortype") != "WrongPort":
            raise Failure(f"{self.url} does not say where its AWS services are: name both by PORT and AWS_PORT")
        return reply.headers["location"]

    def send(
        self, method: str, path: str, body: bytes | None = None, accept: str = "application/json", query: str | None = None
    ) -> Reply:
        """Sends one signed request.

        Raises `Refused` if the API refuses it, and `Failure` if the API cannot be reached.
        """
        headers = {"Accept": accept, **({"Content-Type": "application/json"} if body is not None else {})}
        request = AWSRequest(method=method, url=self.url + path, data=body, headers=headers)
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(request)
        reply = self.answer(request)
        if reply.status_code >= 300:
            raise refusal(reply.status_code, reply.content, query)
        return Reply(reply.headers, reply.content)

    def answer(self, request: AWSRequest):
        """The answer to a signed request, whatever its status is."""
        try:
            return self.http.send(request.prepare())
        except EndpointConnectionError as error:
            raise Failure(self.nothing_listens()) from error
        except (HTTPClientError, ConnectionClosedError) as error:
            raise Failure(f"no answer from {self.url}: {error}") from error

    def as_account(self, account: str) -> "Endpoint":
        """The same local stack, called by another account."""
        return replace(self, account=account, credentials=Credentials(account, "local"))

    def nothing_listens(self) -> str:
        if self.is_local:
            return (
                f"nothing listens on {self.url}. Start the local stack with `make run` in another terminal. If the stack "
                "uses another port, name it with --endpoint or PORT"
            )
        return f"nothing listens on {self.url}: check the URL (it is an output of the CloudFormation stack)"

    def aws_client(self, service: str, account: str | None = None):
        """A boto3 client of an AWS service: of the local stack, as an account; or of AWS, with the caller's credentials."""
        config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=SECONDS)
        if not self.is_local:
            return boto3.client(service, region_name=self.region, config=config)
        return boto3.client(
            service,
            endpoint_url=self.aws_url,
            region_name=self.region,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="local",
            config=config,
        )


def local(account: str | None, api_url: str | None = None) -> Endpoint:
    """The local stack on this machine, as `make run` starts it: PORT and AWS_PORT choose its ports.

    AWS_PORT belongs to the stack of PORT. A stack that is named by its URL is asked.
    """
    named = os.environ.get("AWS_ACCESS_KEY_ID", "")
    is_unused = bool(named) and not account and not ACCOUNT.fullmatch(named)
    account = checked_account(account) if account else named if ACCOUNT.fullmatch(named) else LOCAL_ACCOUNT
    return Endpoint(
        url=(api_url or f"http://127.0.0.1:{os.environ.get('PORT') or 3000}").rstrip("/"),
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        credentials=Credentials(account, "local"),
        account=account,
        is_local=True,
        set_aws_url=f"http://127.0.0.1:{os.environ['AWS_PORT']}" if os.environ.get("AWS_PORT") and not api_url else None,
        account_note=UNUSED_KEY if is_unused else None,
    )


def deployed(url: str, region: str | None, profile: str | None) -> Endpoint:
    """A deployed stack, called with the caller's own AWS credentials."""
    try:
        session = botocore.session.Session(profile=profile)
        credentials = session.get_credentials()
    except BotoCoreError as error:
        raise Failure(f"the AWS credentials cannot be read: {error}") from error
    if credentials is None:
        raise Failure("there are no AWS credentials: run `aws configure`, or choose a profile with --profile")
    host = urlsplit(url).hostname or ""
    of_host = re.search(r"\.execute-api\.([a-z0-9-]+)\.", host)
    region = region or (of_host[1] if of_host else None) or session.get_config_variable("region")
    if region is None:
        raise Failure(f"the region of {url} is not known: name it with --region")
    return Endpoint(url.rstrip("/"), region, credentials.get_frozen_credentials(), None, is_local=False)


def choose(url: str | None, account: str | None, region: str | None, profile: str | None) -> Endpoint:
    """The API that the options name: the local stack unless `url` names another host than this machine."""
    host = urlsplit(url).hostname if url else "127.0.0.1"
    if host is None:
        raise Failure(f"`{url}` is not a URL: it begins with https:// (or http:// on this machine)")
    if host in ("127.0.0.1", "localhost", "::1"):
        return local(account, url)
    if account:
        raise Failure("--account is for the local stack: a deployed stack knows the account by the caller's credentials")
    if urlsplit(url).scheme != "https":
        raise Failure(f"{url} is not https: a signed request must not travel unencrypted")
    return deployed(url, region, profile)
