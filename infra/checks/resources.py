"""Rules about queues, tables, secrets, the API, alarms and the dashboard."""

import json
import re

from template import Template

METRICS = {
    "AWS/SQS": ("QueueName", "AWS::SQS::Queue", {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}),
    "AWS/Lambda": ("FunctionName", "AWS::Lambda::Function", {"Errors", "Duration", "Throttles"}),
    "AWS/ApiGateway": ("ApiId", "AWS::ApiGatewayV2::Api", {"4xx", "5xx", "Latency", "Count"}),
}


def dead_letter_queues(t: Template) -> set[str]:
    """Queues that something else gives up into."""
    targets = {t.target(q["RedrivePolicy"]["deadLetterTargetArn"]) for q in t.of("AWS::SQS::Queue").values() if "RedrivePolicy" in q}
    return targets | {t.target(s["Target"]["DeadLetterConfig"]["Arn"]) for s in t.of("AWS::Scheduler::Schedule").values() if "DeadLetterConfig" in s["Target"]}


def queues_redrive(t: Template, declared: dict):
    """Every queue gives up after five receives or is itself a dead-letter queue, kept for two weeks; all encrypted."""
    dead = dead_letter_queues(t)
    for name, q in t.of("AWS::SQS::Queue").items():
        if name in dead:
            if q.get("MessageRetentionPeriod") != 1209600:
                yield f"{name}: dead letters are kept 14 days"
        elif q.get("RedrivePolicy", {}).get("maxReceiveCount") != 5:
            yield f"{name}: needs a redrive policy with five receives"
        if q.get("SqsManagedSseEnabled") is not True:
            yield f"{name}: not encrypted"
        if q.get("FifoQueue"):
            yield f"{name}: must be a standard queue; first-in-first-out drops repeats"


def visibility_outlasts_retries(t: Template, declared: dict):
    """Six times the consumer's timeout, so that a slow run is not given to a second one."""
    for p in t.of("AWS::Lambda::EventSourceMapping").values():
        queue, function = t.target(p["EventSourceArn"]), t.target(p["FunctionName"])
        timeout = t.resources[function]["Properties"].get("Timeout", 3)
        visible = t.resources[queue]["Properties"].get("VisibilityTimeout", 30)
        if visible < 6 * timeout:
            yield f"{queue}: visibility {visible} s, {function} may run {timeout} s"


def tables_are_the_declared_ones(t: Template, declared: dict):
    """Keys, indexes and expiry as declared; recoverable, encrypted, paid by request, never deleted with the stack."""
    tables = t.of("AWS::DynamoDB::Table")
    for name in set(tables) ^ set(declared["tables"]):
        yield f"{name}: declared or in the template, but not both"
    for name, p in tables.items():
        kind = {a["AttributeName"]: a["AttributeType"] for a in p["AttributeDefinitions"]}

        def keys(schema):
            return [f"{k['AttributeName']} {kind.get(k['AttributeName'])}" for k in sorted(schema, key=lambda k: k["KeyType"])]

        has = {"key": keys(p["KeySchema"])}
        if "TimeToLiveSpecification" in p and p["TimeToLiveSpecification"].get("Enabled"):
            has["ttl"] = p["TimeToLiveSpecification"]["AttributeName"]
        indexes = {i["IndexName"]: keys(i["KeySchema"]) + [i["Projection"]["ProjectionType"]] for i in p.get("GlobalSecondaryIndexes", [])}
        if indexes:
            has["indexes"] = indexes
        if has != declared["tables"].get(name):
            yield f"{name}: is {has}"
        if p.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name}: not paid by request"
        if not p.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name}: no point-in-time recovery"
        if not p.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"{name}: not encrypted"


def what_holds_data_outlives_the_stack(t: Template, declared: dict):
    """Tables, keys and secrets are retained."""
    for name, r in t.resources.items():
        if r["Type"] in ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret"):
            if r.get("DeletionPolicy") != "Retain" or r.get("UpdateReplacePolicy") != "Retain":
                yield f"{name}: must be retained"


def secrets_are_not_written_here(t: Template, declared: dict):
    """A secret is generated or empty; the key rotates."""
    for name, p in t.of("AWS::SecretsManager::Secret").items():
        if any(json.loads(p.get("SecretString", "{}")).values()):
            yield f"{name}: a secret in the template"
        if "GenerateSecretString" in p and p["GenerateSecretString"].get("PasswordLength", 32) < 64:
            yield f"{name}: shorter than 64 characters"
    for name, p in t.of("AWS::KMS::Key").items():
        if p.get("EnableKeyRotation") is not True:
            yield f"{name}: does not rotate"


def api_leads_to_functions(t: Template, declared: dict):
    """The declared routes, payload 2.0, the right to invoke, and no throttling below the account's."""
    by_id = {name: binary for binary, (name, _) in t.functions().items()}
    integrations = t.of("AWS::ApiGatewayV2::Integration")
    has = {}
    for p in t.of("AWS::ApiGatewayV2::Route").values():
        integration = integrations.get(re.sub(r"integrations/\$\{(\w+)\}", r"\1", p["Target"]["Fn::Sub"]), {})
        has[p["RouteKey"]] = by_id.get(t.target(integration.get("IntegrationUri")))
    if has != declared["routes"]:
        yield f"routes are {has}"
    for name, p in integrations.items():
        if p.get("PayloadFormatVersion") != "2.0" or p.get("IntegrationType") != "AWS_PROXY":
            yield f"{name}: must be a proxy with payload 2.0"
        function = t.target(p["IntegrationUri"])
        allowed = [q for q in t.of("AWS::Lambda::Permission").values() if t.target(q["FunctionName"]) == function and q["Principal"] == "apigateway.amazonaws.com" and "${Api}" in str(q.get("SourceArn"))]
        if not allowed:
            yield f"{name}: the API may not call {function}"
        if p.get("TimeoutInMillis", 30000) < 1000 * t.resources[function]["Properties"]["Timeout"]:
            yield f"{name}: gives up before the function does"
    for name, p in t.of("AWS::ApiGatewayV2::Stage").items():
        limit = p.get("DefaultRouteSettings", {})
        if limit.get("ThrottlingRateLimit", 0) < 10000 or limit.get("ThrottlingBurstLimit", 0) < 5000:
            yield f"{name}: throttles below the account's limit; Google drops what is answered 429"
        if p.get("AutoDeploy") is not True or p.get("StageName") != "$default":
            yield f"{name}: must deploy by itself as $default"


def alarms_watch_what_exists(t: Template, declared: dict):
    """Each alarm's metric and dimension are real; dead letters, errors, latency and throttling all have one."""
    watched = set()
    filters = {(str(m["MetricNamespace"]), m["MetricName"]) for p in t.of("AWS::Logs::MetricFilter").values() for m in p["MetricTransformations"]}
    for name, p in t.of("AWS::CloudWatch::Alarm").items():
        namespace, metric = p["Namespace"], p["MetricName"]
        dimensions = [(d["Name"], t.target(d["Value"])) for d in p.get("Dimensions", [])]
        watched.add((metric, dimensions[0][1] if dimensions else None))
        if isinstance(namespace, dict):
            if (str(namespace), metric) not in filters or dimensions:
                yield f"{name}: no metric filter makes {metric}"
        else:
            dimension, kind, metrics = METRICS.get(namespace, ("", "", set()))
            right = len(dimensions) == 1 and dimensions[0][0] == dimension and t.resources.get(dimensions[0][1], {}).get("Type") == kind
            if metric not in metrics or not right:
                yield f"{name}: {namespace} {metric} {dimensions} is no metric of ours"
        if not p["ComparisonOperator"].startswith("Greater") or p.get("TreatMissingData") != "notBreaching":
            yield f"{name}: must fire above its threshold, and not for silence"
    wanted = {("ApproximateNumberOfMessagesVisible", q) for q in dead_letter_queues(t)}
    wanted |= {("ApproximateAgeOfOldestMessage", t.target(p["EventSourceArn"])) for p in t.of("AWS::Lambda::EventSourceMapping").values()}
    wanted |= {("Errors", f) for f in t.of("AWS::Lambda::Function")} | {("Duration", "GoogleWebhook"), ("Duration", "MicrosoftWebhook"), ("4xx", "Api"), ("5xx", "Api"), ("Throttled", None)}
    for metric, what in sorted(wanted - watched, key=str):
        yield f"{what}: nobody is told about {metric}"


def dashboard_shows_what_exists(t: Template, declared: dict):
    """The dashboard is JSON and names resources of this template."""
    for name, p in t.of("AWS::CloudWatch::Dashboard").items():
        body = p["DashboardBody"]["Fn::Sub"]
        try:
            json.loads(re.sub(r"\$\{[^}]*\}", "x", body))
        except ValueError as error:
            yield f"{name}: no JSON: {error}"
        for used in re.findall(r"\$\{(\w+)(?:\.\w+)?\}", body):
            if used not in t.resources and used not in t.parameters:
                yield f"{name}: no {used}"


def outputs_name_everything(t: Template, declared: dict):
    """Tools find every table, queue, bus, secret, key and function by an output."""
    shown = {t.target(o["Value"]) for o in t.outputs.values()}
    kinds = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Events::EventBus", "AWS::SecretsManager::Secret", "AWS::KMS::Key", "AWS::Lambda::Function", "AWS::ApiGatewayV2::Api")
    for kind in kinds:
        for name in set(t.of(kind)) - shown:
            yield f"{name}: no output"
    # TABLE_CALENDARS is TableCalendars: the local stack hands outputs on under the variables' names.
    for function in declared["functions"].values():
        for variable, source in function["environment"].items():
            output = variable.title().replace("_", "")
            if source in t.resources and t.target(t.outputs.get(output, {}).get("Value")) != source:
                yield f"{variable}: output {output} does not name {source}"


RULES = [queues_redrive, visibility_outlasts_retries, tables_are_the_declared_ones, what_holds_data_outlives_the_stack,
         secrets_are_not_written_here, api_leads_to_functions, alarms_watch_what_exists, dashboard_shows_what_exists, outputs_name_everything]
