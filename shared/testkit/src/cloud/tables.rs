//! The tables and queues of a template, created in this cloud.

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::template::{Resource, Template, default_name};
use super::{Cloud, QueueSettings};

impl Cloud {
    /// Creates the tables of a template, with keys, indexes and TTL; returns their names.
    pub fn create_tables_from(&self, template: &str) -> Vec<String> {
        let tables = Template::parse(template).resources("AWS::DynamoDB::Table");
        tables.into_iter().map(|it| self.create_table(it)).collect()
    }

    /// Creates the queues of a template, with delays, time-outs and dead letters; returns their
    /// names.
    pub fn create_queues_from(&self, template: &str) -> Vec<String> {
        let queues = Template::parse(template).resources("AWS::SQS::Queue");
        queues
            .into_iter()
            .map(|it| {
                let name = name_of(&it, "QueueName");
                self.create_queue_with(&name, settings(&it.properties));
                name
            })
            .collect()
    }

    fn create_table(&self, table: Resource) -> String {
        let name = name_of(&table, "TableName");
        let mut request = Map::new();
        // Billing, encryption and backups are of no use here, and the engine need not know them.
        for field in [
            "AttributeDefinitions",
            "KeySchema",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
        ] {
            if let Some(value) = table.properties.get(field) {
                request.insert(field.to_owned(), without_capacity(value));
            }
        }
        request.insert("TableName".to_owned(), json!(name));
        request.insert("BillingMode".to_owned(), json!("PAY_PER_REQUEST"));

        let database = self.inside.dynamo.database();
        let request: Result<CreateTableRequest, _> = serde_json::from_value(Value::Object(request));
        let created = match request {
            Ok(request) => database.create_table(request).map_err(|it| it.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = created {
            panic!("could not create the table `{name}` of the template: {error}");
        }

        let expiry = &table.properties["TimeToLiveSpecification"];
        if expiry.is_object() {
            let request = json!({ "TableName": name, "TimeToLiveSpecification": expiry });
            let request: UpdateTimeToLiveRequest =
                serde_json::from_value(request).expect("an attribute that expires");
            let updated = database.update_time_to_live(request);
            updated.expect("a table that was just created");
        }
        name
    }
}

fn name_of(resource: &Resource, field: &str) -> String {
    let name = resource.properties[field].as_str();
    name.map_or_else(|| default_name(&resource.logical_id), str::to_owned)
}

/// Provisioned capacity does not go with pay per request.
fn without_capacity(value: &Value) -> Value {
    let mut value = value.clone();
    for index in value.as_array_mut().into_iter().flatten() {
        if let Some(index) = index.as_object_mut() {
            index.remove("ProvisionedThroughput");
            index.remove("OnDemandThroughput");
        }
    }
    value
}

fn settings(properties: &Value) -> QueueSettings {
    let seconds = |field: &str| {
        let value = &properties[field];
        let seconds = value
            .as_i64()
            .or(value.as_str().and_then(|it| it.parse().ok()));
        seconds.map(SignedDuration::from_secs)
    };
    let defaults = QueueSettings::default();
    let redrive = &properties["RedrivePolicy"];
    let most = redrive["maxReceiveCount"].as_u64();
    let target = redrive["deadLetterTargetArn"].as_str();
    QueueSettings {
        visibility_timeout: seconds("VisibilityTimeout").unwrap_or(defaults.visibility_timeout),
        delay: seconds("DelaySeconds").unwrap_or(defaults.delay),
        redrive: target.zip(most).map(|(target, most)| {
            let name = target.rsplit(':').next().unwrap_or(target);
            let most = u32::try_from(most).expect("a number of receives");
            (name.to_owned(), most)
        }),
    }
}
