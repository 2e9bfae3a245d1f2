//! Jobs, calendars, channels and rules as files say them: what the API takes, but other things may be said by their names.
//!
//! The API's own types read all but the few members that differ in files, so that there is one list of members and every
//! mistake is told with its line. Updates are read and not new things, because these tell "left out" from "null".

use std::fmt;
use std::marker::PhantomData;

use orloj_wire::calendars::{CalendarRule, WorkCalendarUpdate};
use orloj_wire::chains::{JoinMode, OnEnd};
use orloj_wire::job_edit::JobUpdate;
use orloj_wire::notifications::{ChannelKind, ChannelUpdate, NotificationRuleUpdate};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A type of the API of which files say some members otherwise.
pub(super) trait InFiles: DeserializeOwned + Serialize {
    /// What it is, for complaints.
    const WHAT: &'static str;
    /// The members that are read here.
    const OURS: &'static [&'static str];

    /// Reads the value of one of them; null clears it.
    fn ours<'de, A: MapAccess<'de>>(member: &str, map: &mut A) -> Result<Value, A::Error>;
}

/// One thing of a file: its members, of which null clears one and what is not there stays as it is.
#[derive(Debug)]
pub(super) struct Said<T> {
    pub(super) members: Map<String, Value>,
    of: PhantomData<T>,
}

impl InFiles for JobUpdate {
    const WHAT: &'static str = "a job";
    const OURS: &'static [&'static str] = &["after", "calendars"];

    fn ours<'de, A: MapAccess<'de>>(member: &str, map: &mut A) -> Result<Value, A::Error> {
        match member {
            "after" => json(map.next_value::<Option<After>>()?),
            _ => json(map.next_value::<Option<Vec<Use>>>()?),
        }
    }
}

impl InFiles for WorkCalendarUpdate {
    const WHAT: &'static str = "a calendar";
    const OURS: &'static [&'static str] = &["sharedWith"];

    fn ours<'de, A: MapAccess<'de>>(_: &str, map: &mut A) -> Result<Value, A::Error> {
        json(map.next_value::<Vec<UserSaid>>()?)
    }
}

impl InFiles for ChannelUpdate {
    const WHAT: &'static str = "a channel";
    const OURS: &'static [&'static str] = &["kind", "sharedWith"];

    fn ours<'de, A: MapAccess<'de>>(member: &str, map: &mut A) -> Result<Value, A::Error> {
        match member {
            "kind" => json(map.next_value::<ChannelKind>()?),
            _ => json(map.next_value::<Vec<UserSaid>>()?),
        }
    }
}

impl InFiles for NotificationRuleUpdate {
    const WHAT: &'static str = "a rule";
    const OURS: &'static [&'static str] = &["filter"];

    fn ours<'de, A: MapAccess<'de>>(_: &str, map: &mut A) -> Result<Value, A::Error> {
        json(map.next_value::<Option<Filter>>()?.unwrap_or_default())
    }
}

/// `after` in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct After {
    parents: Vec<Parent>,
    #[serde(default)]
    mode: JoinMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within_seconds: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job_id: Option<i64>,
    on: OnEnd,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
}

/// An entry of a job's `calendars` in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Use {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calendar: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calendar_id: Option<i64>,
    rule: CalendarRule,
}

/// `filter` of a rule in a file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Filter {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    jobs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    job_ids: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    task_function_keys: Vec<String>,
}

/// A user of `sharedWith` in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum UserSaid {
    Number(i64),
    Name(String),
}

impl<'de, T: InFiles> Deserialize<'de> for Said<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Whole(PhantomData))
    }
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: InFiles> Visitor<'de> for Whole<T> {
    type Value = Said<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Said<T>, A::Error> {
        let mut named = Vec::new();
        let members = Members::<'_, A, T> {
            map,
            named: &mut named,
            of: PhantomData,
        };
        let said = T::deserialize(MapAccessDeserializer::new(members))?;
        let mut members = match serde_json::to_value(said).map_err(A::Error::custom)? {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        for (member, value) in named {
            members.insert(member.to_owned(), value);
        }
        Ok(Said {
            members,
            of: PhantomData,
        })
    }
}

/// The members without those that are read here.
struct Members<'a, A, T> {
    map: A,
    named: &'a mut Vec<(&'static str, Value)>,
    of: PhantomData<T>,
}

impl<'de, A: MapAccess<'de>, T: InFiles> MapAccess<'de> for Members<'_, A, T> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            let key = Key {
                seed: &mut seed,
                ours: T::OURS,
            };
            let member = match self.map.next_key_seed(key)? {
                None => return Ok(None),
                Some(Member::Theirs(key)) => return Ok(Some(key)),
                Some(Member::Ours(member)) => member,
            };
            if self.named.iter().any(|(name, _)| *name == member) {
                return Err(A::Error::duplicate_field(member));
            }
            let value = T::ours(member, &mut self.map)?;
            self.named.push((member, value));
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

fn json<E: Error>(value: impl Serialize) -> Result<Value, E> {
    serde_json::to_value(value).map_err(E::custom)
}

/// A name of a member: one of ours, or whatever the API's type makes of it.
enum Member<T> {
    Ours(&'static str),
    Theirs(T),
}

/// Lets the API's type read a name, unless it is one of ours. Names come one after the other, the seed once.
struct Key<'a, K> {
    seed: &'a mut Option<K>,
    ours: &'static [&'static str],
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, K> {
    type Value = Member<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<'_, K> {
    type Value = Member<K::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if let Some(ours) = self.ours.iter().find(|ours| **ours == name) {
            return Ok(Member::Ours(ours));
        }
        let seed = self
            .seed
            .take()
            .ok_or_else(|| E::custom("a name was read twice"))?;
        let key: StrDeserializer<'_, E> = name.into_deserializer();
        seed.deserialize(key).map(Member::Theirs)
    }
}
