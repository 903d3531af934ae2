//! A CloudFormation template, read far enough to know its tables and queues.
//!
//! Only what decides names and keys is worked out: parameters with their defaults, conditions,
//! and the functions that put names together. What is beyond that becomes null.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, REGION};

/// What `AWS::StackName` is in a test.
const STACK: &str = "test";

/// A template with its functions still in it.
#[derive(Debug)]
pub(super) struct Template {
    whole: Value,
}

/// One resource, worked out.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) logical_id: String,
    pub(super) properties: Value,
}

impl Template {
    pub(super) fn parse(text: &str) -> Self {
        let documents = Yaml::load_from_str(text).expect("a template in YAML");
        let document = documents.first().expect("a template that is not empty");
        Self {
            whole: read(document),
        }
    }

    /// All resources of a type whose condition holds.
    pub(super) fn resources(&self, kind: &str) -> Vec<Resource> {
        let resources = self.whole["Resources"].as_object().into_iter().flatten();
        let wanted = resources.filter(|(_, it)| it["Type"] == kind && self.exists(it));
        let worked_out = wanted.map(|(logical_id, it)| Resource {
            logical_id: logical_id.clone(),
            properties: self.resolve(&it["Properties"]),
        });
        worked_out.collect()
    }

    fn exists(&self, resource: &Value) -> bool {
        resource["Condition"]
            .as_str()
            .is_none_or(|it| self.holds(it))
    }

    fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => match function(fields) {
                Some((name, argument)) => self.call(name, argument),
                None => {
                    let fields = fields.iter();
                    let fields = fields.map(|(name, it)| (name.clone(), self.resolve(it)));
                    // A property that is `AWS::NoValue` is not there.
                    Value::Object(fields.filter(|(_, it)| !it.is_null()).collect())
                }
            },
            Value::Array(items) => items.iter().map(|it| self.resolve(it)).collect(),
            other => other.clone(),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Value {
        match function {
            "Ref" => argument.as_str().map_or(Value::Null, |it| self.name(it)),
            "Fn::Sub" => match argument {
                Value::Array(both) => self.substitute(&both[0], &both[1]),
                text => self.substitute(text, &Value::Null),
            },
            "Fn::GetAtt" => match argument {
                Value::Array(path) => self.attribute(path[0].as_str().unwrap_or_default()),
                path => {
                    let path = path.as_str().unwrap_or_default();
                    self.attribute(path.split('.').next().unwrap_or(path))
                }
            },
            "Fn::If" => match argument[0].as_str().is_some_and(|it| self.holds(it)) {
                true => self.resolve(&argument[1]),
                false => self.resolve(&argument[2]),
            },
            "Fn::Join" => {
                let parts = self.resolve(&argument[1]);
                let parts = parts.as_array().into_iter().flatten().map(text);
                let between = argument[0].as_str().unwrap_or_default();
                json!(parts.collect::<Vec<_>>().join(between))
            }
            "Condition" => json!(argument.as_str().is_some_and(|it| self.holds(it))),
            "Fn::Equals" => {
                json!(text(&self.resolve(&argument[0])) == text(&self.resolve(&argument[1])))
            }
            "Fn::Not" => json!(self.resolve(&argument[0]) != json!(true)),
            "Fn::And" => json!(self.truths(argument).all(|it| it)),
            "Fn::Or" => json!(self.truths(argument).any(|it| it)),
            _ => Value::Null,
        }
    }

    fn truths<'a>(&'a self, argument: &'a Value) -> impl Iterator<Item = bool> + 'a {
        let all = argument.as_array().into_iter().flatten();
        all.map(|it| self.resolve(it) == json!(true))
    }

    fn holds(&self, condition: &str) -> bool {
        self.resolve(&self.whole["Conditions"][condition]) == json!(true)
    }

    /// What `Ref` says: a pseudo parameter, the default of a parameter, the name of a resource.
    fn name(&self, of: &str) -> Value {
        match of {
            "AWS::StackName" => return json!(STACK),
            "AWS::Region" => return json!(REGION),
            "AWS::AccountId" => return json!(ACCOUNT),
            "AWS::Partition" => return json!("aws"),
            "AWS::URLSuffix" => return json!("amazonaws.com"),
            "AWS::NoValue" => return Value::Null,
            _ => {}
        }
        let parameter = &self.whole["Parameters"][of];
        if parameter.is_object() {
            return parameter["Default"].clone();
        }
        let properties = &self.whole["Resources"][of]["Properties"];
        let names = ["TableName", "QueueName", "Name"].map(|it| &properties[it]);
        let name = names.into_iter().find(|it| !it.is_null());
        name.map_or_else(|| json!(default_name(of)), |it| self.resolve(it))
    }

    /// Every attribute that names are made of ends in the name.
    fn attribute(&self, of: &str) -> Value {
        json!(format!(
            "arn:aws:{REGION}:{ACCOUNT}:{}",
            text(&self.name(of))
        ))
    }

    /// `${Name}`, `${Resource.Attribute}`; `${!Name}` is a literal.
    fn substitute(&self, template: &Value, variables: &Value) -> Value {
        let mut rest = template.as_str().unwrap_or_default();
        let mut done = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            done.push_str(before);
            rest = after;
            let value = match (
                name.strip_prefix('!'),
                variables.get(name),
                name.split_once('.'),
            ) {
                (Some(literal), _, _) => json!(format!("${{{literal}}}")),
                (None, Some(value), _) => self.resolve(value),
                (None, None, Some((resource, _))) => self.attribute(resource),
                (None, None, None) => self.name(name),
            };
            done.push_str(&text(&value));
        }
        done.push_str(rest);
        json!(done)
    }
}

/// The name CloudFormation would make up, without the random part.
pub(super) fn default_name(logical_id: &str) -> String {
    format!("{STACK}-{logical_id}")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// An object with one field that is a function's name is that function.
fn function(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut fields = fields.iter();
    let (name, argument) = fields.next()?;
    let is_function = name.starts_with("Fn::") || name == "Ref" || name == "Condition";
    (is_function && fields.next().is_none()).then_some((name, argument))
}

/// YAML as JSON; a short tag becomes the function that it is short for.
fn read(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(it) => json!(it),
            Scalar::Integer(it) => json!(it),
            Scalar::FloatingPoint(it) => json!(it.into_inner()),
            Scalar::String(it) => json!(it),
        },
        Yaml::Sequence(items) => items.iter().map(read).collect(),
        Yaml::Mapping(fields) => {
            let fields = fields
                .iter()
                .map(|(name, it)| (text(&read(name)), read(it)));
            Value::Object(fields.collect())
        }
        Yaml::Tagged(tag, inner) => {
            let function = match tag.suffix.as_str() {
                plain @ ("Ref" | "Condition") => plain.to_owned(),
                short => format!("Fn::{short}"),
            };
            json!(BTreeMap::from([(function, read(inner))]))
        }
        Yaml::Representation(it, ..) => json!(it),
        Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}
