"""Puts the function binaries and the unchanged template into the emulator."""

import hashlib
import pathlib
import platform
import re
import shutil
import subprocess
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from engine import CREDENTIALS, REGION

BUCKET = "calwatch-code"
FUNCTIONS = ("google-webhook", "microsoft-webhook", "sync", "sweeper", "renewal", "management-api")


def client(service: str, endpoint: str):
    """An SDK client for the emulator, whatever the shell around says."""
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION,
                        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                        config=Config(read_timeout=180, retries={"max_attempts": 0}, proxies={}))


def archive(binary: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A zip with the binary as `bootstrap`, without debug information; made once per build."""
    built = binary.stat()
    which = hashlib.sha256(f"{binary.resolve()} {built.st_mtime_ns} {built.st_size}".encode()).hexdigest()[:12]
    target = folder / binary.name / f"{which}.zip"
    if target.exists():
        return target
    folder = target.parent
    shutil.rmtree(folder, ignore_errors=True)  # archives of earlier builds
    folder.mkdir(parents=True)
    small = folder / f"{binary.name}.stripped"
    # The linker that built the binary brought `strip`; without it the archive is only larger.
    if not shutil.which("strip") or subprocess.run(["strip", "-o", small, binary]).returncode:
        shutil.copy2(binary, small)
    unfinished = target.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w") as z:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        z.writestr(entry, small.read_bytes(), compresslevel=1)
    small.unlink()
    unfinished.rename(target)
    return target


def upload(endpoint: str, binaries: pathlib.Path, folder: pathlib.Path) -> str:
    """Uploads every function's archive and returns the prefix, which names their content."""
    missing = [f for f in FUNCTIONS if not (binaries / f).exists()]
    if missing:
        raise SystemExit(f"not built: {', '.join(missing)} in {binaries}")
    zips = {f: archive(binaries / f, folder).read_bytes() for f in FUNCTIONS}
    content = hashlib.sha256(b"".join(hashlib.sha256(z).digest() for z in zips.values())).hexdigest()
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket=BUCKET)
    for function, z in zips.items():
        s3.put_object(Bucket=BUCKET, Key=f"{content[:16]}/{function}.zip", Body=z)
    return f"{content[:16]}/"


def deploy(endpoint: str, name: str, template: pathlib.Path, parameters: dict[str, str]) -> dict[str, str]:
    """Creates or updates the stack, waits, and returns its outputs."""
    cfn = client("cloudformation", endpoint)
    given = {
        "Stage": "local",
        "CodeBucket": BUCKET,
        "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        "AwsEndpointUrl": endpoint,
        # https as everywhere; the simulator is told that this origin is the emulator.
        "WebhookDomain": "https://calwatch.localhost",
        **parameters,
    }
    # Larger than a request may hold, so it lies beside the code, as `make deploy` has it.
    client("s3", endpoint).put_object(Bucket=BUCKET, Key="template.yaml", Body=template.read_bytes())
    request = {
        "StackName": name,
        "TemplateURL": f"{endpoint}/{BUCKET}/template.yaml",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
    }
    try:
        cfn.describe_stacks(StackName=name)
        act = cfn.update_stack
    except ClientError:
        act = cfn.create_stack
    try:
        act(**request)
    except ClientError as error:
        if "No updates" not in str(error):
            raise
    while True:
        stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(0.1)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        for event in reversed(cfn.describe_stack_events(StackName=name)["StackEvents"]):
            if "FAILED" in event["ResourceStatus"]:
                print(event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
        raise SystemExit(f"the stack is {status}")
    return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}


def environment(outputs: dict[str, str]) -> dict[str, str]:
    """The outputs under the names the functions read them by: TableCalendars is TABLE_CALENDARS."""
    return {re.sub(r"(?<!^)([A-Z])", r"_\1", key).upper(): value for key, value in outputs.items()}
