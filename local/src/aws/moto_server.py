"""The server of the local AWS services: moto, which ends when its standard input ends. Arguments: port, account."""

import os
import sys
import threading

import moto.iam.models
from moto.iam.models import iam_backends
from moto.server import main
from moto.sts.exceptions import STSClientError
from moto.sts.models import STSBackend
from moto.utilities.utils import get_partition

PORT, ACCOUNT = sys.argv[1:]


def end_with_the_local_stack():
    sys.stdin.buffer.read()
    os._exit(0)


def exists(role_arn, partition):
    account = role_arn.split(":")[4]
    return any(role.arn == role_arn for role in iam_backends[account][partition].roles.values())


def assume_role(self, region_name, role_session_name, role_arn, policy, duration, external_id):
    """As moto, which assumes any role, but a role that nobody created is refused as STS refuses it."""
    if not exists(role_arn, get_partition(region_name)):
        raise STSClientError("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {role_arn}")
    return ASSUME_ROLE(self, region_name, role_session_name, role_arn, policy, duration, external_id)


ASSUME_ROLE = STSBackend.assume_role
STSBackend.assume_role = assume_role
# Keys that moto did not make belong to the account of the stack.
moto.iam.models.DEFAULT_ACCOUNT_ID = ACCOUNT
threading.Thread(target=end_with_the_local_stack, daemon=True).start()
main(["-H", "127.0.0.1", "-p", PORT])
