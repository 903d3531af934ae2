"""Product code that listens on the bus: a rule, a queue, and what arrived in it."""

import collections
import json

import deploy

NAME = "calwatch-listener"


class Listener:
    """Everything heard so far, by calendar; what is heard twice counts once."""

    def __init__(self, stack: dict):
        self.queues = deploy.client("sqs", stack["endpoint"])
        self.heard = collections.defaultdict(set)
        self.messages = 0
        bus, events = stack["environment"]["EVENT_BUS_NAME"], deploy.client("events", stack["endpoint"])
        self.url = self.queues.create_queue(QueueName=NAME)["QueueUrl"]
        arn = self.queues.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        rule = events.put_rule(Name=NAME, EventBusName=bus, EventPattern=json.dumps({"source": ["calwatch"]}))["RuleArn"]
        # Without it the bus drops what it cannot deliver, and says nothing.
        allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self.queues.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        events.put_targets(Rule=NAME, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def listen(self) -> None:
        """Takes what arrived."""
        while True:
            reply = self.queues.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
            if not reply.get("Messages"):
                return
            for message in reply["Messages"]:
                detail = json.loads(message["Body"])["detail"]
                if "seq" in detail:  # news of connections and subscriptions have none
                    self.heard[f"{detail['organization']}/{detail['calendar']}"].add(detail["seq"])
                    self.messages += 1
                self.queues.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
