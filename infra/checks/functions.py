"""Rules about functions: what runs, who may call what, with which settings, and where it logs."""

import pathlib
import re

from template import Template, items, text

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binaries_exist(t: Template, declared: dict):
    """Each archive is named after a folder in functions/, and the function after its archive."""
    folders = {p.parent.name for p in ROOT.glob("functions/*/Cargo.toml")}
    for binary, (name, p) in t.functions().items():
        if binary not in folders:
            yield f"{name}: there is no functions/{binary}"
        if text(p["FunctionName"]) != binary:
            yield f"{name}: the function is called {text(p['FunctionName'])}, its archive {binary}"
    for missing in set(declared["functions"]) ^ set(t.functions()):
        yield f"{missing}: declared or in the template, but not both"


def native_arm(t: Template, declared: dict):
    """Production runs arm64 on provided.al2023, with a bounded time."""
    if t.parameters["Architecture"].get("Default") != "arm64":
        yield "Architecture: the default must be arm64"
    for name, p in t.of("AWS::Lambda::Function").items():
        if p.get("Runtime") != "provided.al2023" or p.get("Handler") != "bootstrap":
            yield f"{name}: runtime must be provided.al2023 with handler bootstrap"
        if p.get("Architectures") != [{"Ref": "Architecture"}]:
            yield f"{name}: its architecture must be the parameter's"
        if not 1 <= p.get("Timeout", 3) <= 900 or p.get("Timeout", 3) == 3:
            yield f"{name}: says no timeout"


def logs_are_kept_for_a_while(t: Template, declared: dict):
    """A log group of its own with retention, in JSON."""
    groups = t.of("AWS::Logs::LogGroup")
    for name, p in t.of("AWS::Lambda::Function").items():
        logging = p.get("LoggingConfig", {})
        group = groups.get(t.target(logging.get("LogGroup")))
        if group is None:
            yield f"{name}: no log group of the template"
        elif group["LogGroupName"]["Fn::Sub"] != "/aws/lambda/" + p["FunctionName"]["Fn::Sub"]:
            yield f"{name}: logs into another's group"
        if logging.get("LogFormat") != "JSON":
            yield f"{name}: logs must be JSON"
    for name, p in groups.items():
        if "RetentionInDays" not in p:
            yield f"{name}: kept for ever"


def granted(t: Template, role: str):
    """Every (action, resource) a role is granted, with the condition."""
    for policy in t.resources[role]["Properties"].get("Policies", []):
        for s in items(policy["PolicyDocument"]["Statement"]):
            if s["Effect"] != "Allow":
                continue
            for action in items(s["Action"]):
                for resource in items(s["Resource"]):
                    yield action, t.target(resource), s.get("Condition")


def roles_grant_what_is_called(t: Template, declared: dict):
    """A role per function, with the declared calls: no more, no fewer."""
    seen = set()
    for binary, (name, p) in t.functions().items():
        role = t.target(p.get("Role"))
        if role in seen or role not in t.resources:
            yield f"{name}: needs a role of its own"
            continue
        seen.add(role)
        group = t.target(p.get("LoggingConfig", {}).get("LogGroup"))
        wanted = {(a, r) for a, rs in declared["functions"].get(binary, {}).get("calls", {}).items() for r in rs}
        wanted |= {("logs:CreateLogStream", group), ("logs:PutLogEvents", group)}
        has = {(a, r) for a, r, _ in granted(t, role)}
        for action, resource in sorted(wanted - has):
            yield f"{role}: {action} on {resource} is called but not granted"
        for action, resource in sorted(has - wanted):
            yield f"{role}: {action} on {resource} is granted but not called"
    for name, p in t.of("AWS::IAM::Role").items():
        if p.get("ManagedPolicyArns"):
            yield f"{name}: managed policies grant more than is called"
        if any("*" in (a, r) or a.endswith(":*") for a, r, _ in granted(t, name)):
            yield f"{name}: a wildcard"


def credentials_open_in_their_context(t: Template, declared: dict):
    """Decryption is granted only with a context that names organization and connection."""
    wanted = {"Null": {"kms:EncryptionContext:organization": "false", "kms:EncryptionContext:connection": "false"}}
    for role in t.of("AWS::IAM::Role"):
        conditions = [c for chosen in t.in_production() for a, _, c in granted(chosen, role) if a.startswith("kms:")]
        if any(c != wanted for c in conditions):
            yield f"{role}: decrypts without the encryption context"


def settings_are_the_declared_ones(t: Template, declared: dict):
    """Each variable is set, from the thing it names; production names no endpoint."""
    for binary, (name, p) in t.functions().items():
        has = {k: t.target(v) for k, v in p.get("Environment", {}).get("Variables", {}).items()}
        wanted = declared["functions"].get(binary, {}).get("environment", {})
        for key in sorted(set(has) | set(wanted)):
            if has.get(key) != wanted.get(key):
                yield f"{name}: {key} is {has.get(key)}, declared {wanted.get(key)}"
    for parameter, default in (("GoogleApiBaseUrl", "https://www.googleapis.com"), ("GoogleTokenUrl", "https://oauth2.googleapis.com/token"),
                               ("MicrosoftGraphBaseUrl", "https://graph.microsoft.com"), ("MicrosoftLoginBaseUrl", "https://login.microsoftonline.com")):
        if t.parameters[parameter].get("Default") != default:
            yield f"{parameter}: production must talk to {default}"


def settings_are_read(t: Template, declared: dict):
    """The code reads every variable that is set, and only such."""
    names = {key for f in declared["functions"].values() for key in f["environment"]}
    code = "".join(p.read_text() for p in ROOT.glob("shared/lambda/src/**/*.rs"))
    read = set(re.findall(r'"((?:TABLE|QUEUE|RETENTION_DAYS|WEBHOOK|SYNC|TOKEN|GOOGLE|MICROSOFT|KMS|EVENT_BUS|LOG)_[A-Z_]+)"', code))
    if not read:
        return  # the settings are not written yet
    for key in sorted(names - read):
        yield f"{key}: set, but nothing in shared/lambda reads it"


def queues_drive_functions_one_message_at_a_time(t: Template, declared: dict):
    """Sources as declared, batches of one, partial failures reported."""
    by_id = {name: binary for binary, (name, _) in t.functions().items()}
    has = {}
    for name, p in t.of("AWS::Lambda::EventSourceMapping").items():
        has.setdefault(by_id.get(t.target(p["FunctionName"])), {})[t.target(p["EventSourceArn"])] = p.get("ScalingConfig", {}).get("MaximumConcurrency")
        if p.get("BatchSize") != 1:
            yield f"{name}: batch size must be 1"
        if p.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name}: must report batch item failures"
        if p.get("Enabled", True) is not True:
            yield f"{name}: switched off"
    if has != declared["sources"]:
        yield f"event sources are {has}, declared {declared['sources']}"


def schedules_fire(t: Template, declared: dict):
    """Valid expressions, on time, with a dead-letter queue and a role that may call the target."""
    by_id = {name: binary for binary, (name, _) in t.functions().items()}
    rate = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\(\S+( \S+){5}\)")
    has = {}
    for name, p in t.of("AWS::Scheduler::Schedule").items():
        target = p["Target"]
        has[by_id.get(t.target(target["Arn"]))] = p["ScheduleExpression"]
        if not rate.fullmatch(p["ScheduleExpression"]):
            yield f"{name}: {p['ScheduleExpression']} is no schedule expression"
        if p["FlexibleTimeWindow"] != {"Mode": "OFF"}:
            yield f"{name}: must fire on time"
        if p.get("State", "ENABLED") != "ENABLED":
            yield f"{name}: switched off"
        queue = t.target(target.get("DeadLetterConfig", {}).get("Arn"))
        if queue not in t.of("AWS::SQS::Queue") or "RetryPolicy" not in target:
            yield f"{name}: needs a retry policy and a dead-letter queue"
        may = {(a, r) for a, r, _ in granted(t, t.target(target["RoleArn"]))}
        if may != {("lambda:InvokeFunction", t.target(target["Arn"])), ("sqs:SendMessage", queue)}:
            yield f"{name}: its role must call the target and the dead-letter queue, and nothing else"
    if has != declared["schedules"]:
        yield f"schedules are {has}, declared {declared['schedules']}"


RULES = [binaries_exist, native_arm, logs_are_kept_for_a_while, roles_grant_what_is_called, credentials_open_in_their_context,
         settings_are_the_declared_ones, settings_are_read, queues_drive_functions_one_message_at_a_time, schedules_fire]
